"""The commands that ask the registry, on one whose every tag is nasty, and on tweets and files that are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sentistream.contracts.model_version import PREVIOUS
from sentistream.scoring import registry, registry_connection
from tests.support import nasty, walk
from tests.support.commands import run_here
from tests.support.nasty import ALL, NASTY, NO_UTF8
from tests.support.registries import registry_in

TAGS = {
    registry.LABELS_TAG: "negative,positive",
    registry.BAND_LOW_TAG: "0.4",
    registry.BAND_HIGH_TAG: "0.6",
    registry.LANGUAGES_TAG: ALL[:1_000],
    registry.SPLIT_TAG: ALL[:1_000],
    registry.DATA_TAG: ALL[:1_000],
    registry.FLAVOUR_TAG: ALL[:1_000],
    registry.DIGEST_TAG: ALL[:1_000],
    registry.SIGNATURE_TAG: ALL[:1_000],
    "cell": f"[/]{ALL[:1_000]}",
    "test_accuracy": ALL[:1_000],
    "test_macro_f1": ALL[:1_000],
    "test_rows": ALL[:1_000],
}


class Places:
    """Where the nasty things lie; versions 1 to 3 are of labels, a band and tags that are."""

    def __init__(self, folder: Path) -> None:
        for name in ("lake", "files", "registry"):
            (folder / name).mkdir()
        self.lake = nasty.nasty_lake(folder / "lake").uri
        self.file, self.labels = (str(made(folder / "files")) for made in (nasty.nasty_file, nasty.nasty_labels))
        self.settings = registry_in(folder / "registry")
        client = registry_connection.client(self.settings)
        client.create_registered_model(self.settings.model_name, description=ALL)
        odd = ({}, {registry.LABELS_TAG: ALL[:1_000]}, {registry.BAND_LOW_TAG: ALL[:1_000]})
        for tags in odd:
            client.create_model_version(
                self.settings.model_name, f"file:///tmp/{ALL[:100]}", tags=TAGS | tags, description=ALL
            )
        client.set_registered_model_alias(self.settings.model_name, self.settings.model_alias, "1")
        client.set_registered_model_alias(self.settings.model_name, PREVIOUS, "2")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return Places(tmp_path_factory.mktemp("nasty"))


WALKED: dict[str, Callable[[Places], list[list[str]]]] = {
    "models": lambda at: [[], ["--json"]],
    "evaluate": lambda at: [
        *(["--data", at.file, "--model", each] for each in ("1", "2", "3", "99", ALL, f"models:/{ALL}/1")),
        ["--data", at.labels, "--model", "1"],
    ],
    "promote": lambda at: [["1", "--data", at.labels], ["2"], ["3", "--force"], ["--data", ALL, "1"], [ALL]],
    "rollback": lambda at: [[], ["--model-alias", ALL]],
    "train": lambda at: [["--data", at.labels], ["--data", ALL], ["--data", at.file, "--labels", ALL]],
    "import": lambda at: [
        *(["--encoder", each, "--data", at.labels] for each in (ALL, f"package:{ALL}", f"./{ALL}")),
        ["--encoder", ".", "--data", ALL],
    ],
    "rescore": lambda at: [["--model", each] for each in ("1", "2", "3", ALL)] + [["--model", "1", "--from", ALL]],
    "score": lambda at: [
        *([at.file, "--model", each, "--format", "json"] for each in ("1", "99", ALL)),
        ["--lines", at.labels],
        [at.labels, "--text-column", ALL],
        [ALL],
        [at.file, "--output", f"{at.file}/{ALL}.csv"],
    ],
    "why": lambda at: [
        *([ALL.replace("\x00", ""), "--model", each] for each in ("1", "99", ALL)),
        *([each, "--json"] for each in (*NASTY, NO_UTF8)),
    ],
    "compare": lambda at: [["--model", "1", "--model", each] for each in ("2", ALL)],
}


def test_every_command_is_walked_here_or_beside() -> None:
    assert set(WALKED) == walk.ELSEWHERE


@pytest.mark.parametrize("command", WALKED)
def test_a_command_says_nothing_that_a_terminal_obeys(
    command: str, places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    here = {
        "LAKE_URI": places.lake,
        "MLFLOW_TRACKING_URI": places.settings.mlflow_tracking_uri,
        "MLFLOW_ARTIFACTS": places.settings.mlflow_artifacts,
        "MODEL_CACHE": places.settings.model_cache,
    }
    for name, value in (walk.NOWHERE | here).items():
        monkeypatch.setenv(name, value)
    for number, arguments in enumerate(WALKED[command](places)):
        monkeypatch.setenv("LOG_FORMAT", ("console", "json")[number % 2])
        run = run_here(command, *arguments)
        walk.hold([command, *arguments], run, capfd.readouterr(), as_json=number % 2 == 1)


def test_a_tag_that_looks_like_markup_is_listed_as_it_is(
    places: Places, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", places.settings.mlflow_tracking_uri)
    run = run_here("models")
    walk.hold("models", run, capfd.readouterr())
    assert run.returncode == 0
    assert run.stdout.count(r"[/]\x1b[2J\x1b]0;title\x07") == 3
