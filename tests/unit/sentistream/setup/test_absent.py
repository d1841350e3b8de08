"""What a command says where an installation lacks something, in one that does."""

import os
import subprocess
import sys
import tomllib
from importlib import metadata, util
from pathlib import Path

import pytest

from sentistream.__main__ import COMMANDS
from sentistream.setup import absent
from tests.support.places import ROOT

WORDS = {
    "score": "tweets.csv",
    "produce": "replay absent.csv",
    "inspect": "absent.csv",
    "evaluate": "--data absent.csv",
    "import": "--encoder model --data absent.csv",
    "promote": "1",
    "why": "good",
    "train": "--data absent.csv",
    "lake": "query SELECT",
}
"""What a command needs to be more than its usage."""
EACH = """
import sys
from sentistream.__main__ import start
for words in sys.argv[1:]:
    sys.argv = ["sentistream", *words.split()]
    try:
        start()
    except SystemExit as ended:
        sys.stderr.write(f"exit code {ended.code} of {sys.argv[1]}\\n")
"""
NOT_FOR_COMMANDS = {"bench", "dev"}
NOT_INSTALLED = {"neural"}
"""Gigabytes, which a developer's environment does without."""
OF_PROCESSOR = {"process", "tables", "rescore", "compare", "settings"}
OF_LAKE = {"deltalake", "numpy", "pyarrow"}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Exit code and standard error of each command, in an installation without the processor and the extras' libraries but the lake's, and with a demo that is wrong."""
    libraries, ours = tmp_path_factory.mktemp("site-packages"), tmp_path_factory.mktemp("ours")
    spec = util.find_spec("typer")
    assert spec is not None
    assert spec.origin is not None
    for each in Path(spec.origin).parents[1].iterdir():
        if each.name.partition(".")[0] not in absent.LIBRARIES - OF_LAKE:
            (libraries / each.name).symlink_to(each)
    for name in ("sentistream", "delta", "ivy.xml", "producer", "trainer", "web_service"):
        (ours / name).symlink_to(ROOT / name)
    (ours / "demo").mkdir()
    (ours / "demo" / "__main__.py").write_text("import pyarow\n")
    # -S: only these folders; it is started elsewhere than in the checkout, which has all packages.
    asked = subprocess.run(
        [sys.executable, "-S", "-c", EACH, *(f"{name} {WORDS.get(name, '')}" for name in COMMANDS)],
        cwd=ours,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{ours}:{libraries}", "SENTISTREAM_JARS": str(ours)},
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    found, words = {}, ""
    for line in asked.stderr.splitlines(keepends=True):
        if line.startswith("exit code "):
            code, name = line.removeprefix("exit code ").split(" of ")
            found[name.strip()] = int(code), words
            words = ""
        else:
            words += line
    return found


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo", "broker"}))
def test_a_command_that_lacks_something_says_in_a_sentence_what_and_where_it_runs(
    said: dict[str, tuple[int, str]], name: str
) -> None:
    code, words = said[name]
    assert (code, words.count("\n")) == (1, 1)
    # A query has an image of its own.
    where = "`make query SQL=…`" if name == "lake" else COMMANDS[name].home.run_by.format(name)
    assert words.startswith(f"error: `sentistream {name}` needs ")
    assert f", which is not installed here: run it by {where}" in words
    assert ("needs stream_processor," in words) == (name in OF_PROCESSOR)
    assert ("install the extra" in words) == (name not in OF_PROCESSOR)


def test_an_import_that_is_wrong_stays_a_traceback(said: dict[str, tuple[int, str]]) -> None:
    code, words = said["demo"]
    assert code == 1
    assert words.startswith("Traceback")
    assert words.endswith("ModuleNotFoundError: No module named 'pyarow'\n")
    for name in ("sentistream.gone", "pyarrow.gone", "trainer", "pyarow", None):
        assert absent.package(ModuleNotFoundError(name=name)) is None


def test_every_library_of_an_extra_is_known() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {name: each for name, each in project["optional-dependencies"].items() if name not in NOT_FOR_COMMANDS}
    installed = [each for name, each in extras.items() if name not in NOT_INSTALLED]
    brought = {name.partition("<")[0] for each in installed for name in each if "[" not in name}
    assert len(brought) > 20
    for name in brought:
        assert {file.parts[0] for file in metadata.files(name) or ()} & absent.LIBRARIES, name
    not_here = {name.replace("-", "_") for extra in NOT_INSTALLED for name in extras[extra] if "[" not in name}
    assert not_here <= absent.LIBRARIES
    assert {place.home.extra for place in COMMANDS.values()} <= extras.keys()
