"""The one entry point, as a user starts it."""

import subprocess
import sys
from importlib import import_module

import pytest

from sentistream.__main__ import COMMANDS, Place
from tests.support.commands import run_here, run_module
from tests.support.places import ROOT

HEAVY = {
    "deltalake",
    "kafka",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "pyspark",
    "rich",
    "structlog",
    "tweepy",
}
LOADED = """
import runpy, sys
try:
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
finally:
    print(*sys.modules, file=sys.stderr)
"""


def help_of(program: str) -> tuple[str, set[str]]:
    """What `--help` prints, and every module that it imported."""
    command = [sys.executable, "-c", LOADED, program, "--help"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout, set(run.stderr.split())


def test_help_imports_no_sub_command_and_nothing_heavy() -> None:
    shown, loaded = help_of("sentistream")
    assert all(name in shown for name in COMMANDS)
    assert "typer" in loaded
    assert not HEAVY & loaded
    assert not {place.defined.partition(":")[0] for place in COMMANDS.values()} & loaded


@pytest.mark.parametrize("program", ["producer", "stream_processor", "trainer"])
def test_help_of_a_service_imports_no_engine(program: str) -> None:
    shown, loaded = help_of(program)
    assert "Usage" in shown
    assert not {"mlflow", "pyspark", "pyarrow", "tweepy", "kafka", "confluent_kafka"} & loaded


@pytest.mark.parametrize("place", COMMANDS.values(), ids=COMMANDS)
def test_every_sub_command_is_there(place: Place) -> None:
    module, _, name = place.defined.partition(":")
    assert hasattr(import_module(module), name)


def test_a_sub_command_has_its_own_options_and_exit_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--forward-bad" in run_here("produce", "replay", "--help").stdout
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    refused = run_here("lake", "show")
    assert (refused.returncode, "LOG_LEVEL" in refused.stderr) == (2, True)
    unknown = run_module("sentistream", "lak")
    assert unknown.returncode == 2
    assert "Did you mean 'lake'?" in unknown.stderr


def test_a_shell_completes_sub_commands_and_their_options() -> None:
    def completed(words: str) -> str:
        asked = {"_SENTISTREAM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        start = "import sys; sys.argv[0] = 'sentistream'; from sentistream.__main__ import start; start()"
        return subprocess.run([sys.executable, "-c", start], cwd=ROOT, env=asked, capture_output=True, text=True).stdout

    assert {"process", "produce", "promote"} == set(completed("sentistream pro").split())
    assert "--forward-bad" in completed("sentistream produce replay --f").split()
