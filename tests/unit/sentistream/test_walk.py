"""Every command on what is nasty everywhere: whatever it says, nothing of it moves, colours or hides anything, and no traceback is among it.

Those that need the registry, a broker or Spark are walked in tests/integration/test_walk.py.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import nasty, walk
from tests.support.commands import run_here
from tests.support.nasty import ALL, IN_A_NAME, NO_UTF8

Arguments = list[str]


class Places:
    """Where the nasty things lie."""

    def __init__(self, folder: Path) -> None:
        for name in ("lake", "changed", "files"):
            (folder / name).mkdir()
        self.lake = nasty.nasty_lake(folder / "lake").uri
        self.changed = nasty.changed_lake(folder / "changed").uri
        self.file = str(nasty.nasty_file(folder / "files"))
        self.labels = str(nasty.nasty_labels(folder / "files"))
        self.lines = str(nasty.nasty_lines(folder / "files"))
        self.absent = f"{folder}/{IN_A_NAME}/{NO_UTF8}"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return Places(tmp_path_factory.mktemp("nasty"))


QUERIES = (
    "SELECT * FROM scored_tweets",
    "FROM rejected_tweets",
    "FROM sentiment_per_minute",
    "PIVOT (SELECT text, 1 AS n FROM scored_tweets) ON text USING sum(n)",
    "SELECT text::INT FROM scored_tweets",
    "SELECT error(text) FROM scored_tweets",
    f'SELECT 1 AS "{ALL.replace(chr(34), "")}"',
    f"SELECT '{ALL}",
    f'SELECT "{ALL}"',
    f"FROM {ALL}",
    "SELECT MAP {text: text} FROM scored_tweets",
    "SUMMARIZE scored_tweets",
    "SHOW ALL TABLES",
    "SELECT 'infinity'::DATE, union_value(a := 1)",
    ALL,
    NO_UTF8,
    "",
    ";",
)

WALKED: dict[str, Callable[[Places], list[Arguments]]] = {
    "inspect": lambda at: [
        *([*files, *form] for files in ([at.file], [at.labels], [at.absent], [ALL[:200]]) for form in ([], ["--json"])),
        *([at.lines, "--for", purpose, *form] for purpose in ("train", "replay") for form in ([], ["--json"])),
        [at.file, "--for", "train"],
        [at.labels, "--for", "train", "--label-column", "label"],
        [at.file, "--text-column", ALL],
        [at.file, "--labels", ALL],
        [at.file, "--encoding", ALL],
        [at.file, "--date-format", ALL],
        [at.file, "--delimiter", "\x1b"],
    ],
    "produce replay": lambda at: [
        [at.absent],
        [at.file, "--text-column", ALL],
        [at.file, "--kafka-topic", ALL],
        [at.labels, "--kafka-bootstrap-servers", "\x1b[2J:9"],
    ],
    "produce live": lambda at: [["--query", ALL], ["--query", "a", "--tag", ALL, "--tag", ALL], ["--x-api-url", ALL]],
    "produce synthetic": lambda at: [["--kafka-topic", ALL], ["--rate", ALL]],
    "process": lambda at: [["--lake-uri", ALL], ["--checkpoint-uri", ALL], ["--mlflow-tracking-uri", ALL]],
    "tables": lambda at: [["--lake-uri", ALL], ["--spark-master", ALL]],
    "lake show": lambda at: [
        *(["--lake-uri", each] for each in (at.lake, at.changed, at.absent, ALL[:200], NO_UTF8)),
        ["--lake-uri", at.lake, "--as-of", ALL],
    ],
    "lake history": lambda at: [
        *([each, "--lake-uri", at.lake] for each in ("scored_tweets", "raw_tweets", "forgotten", ALL)),
        ["--lake-uri", at.changed],
    ],
    "lake query": lambda at: [
        *(["--lake-uri", at.lake, sql] for sql in QUERIES),
        *(["--lake-uri", at.lake, "--format", "json", sql] for sql in QUERIES[:4]),
        ["--lake-uri", at.changed, "FROM scored_tweets"],
        ["--lake-uri", at.lake, "--named", ALL],
        ["--lake-uri", at.lake, "--out", at.absent, "SELECT 1"],
        ["--lake-uri", at.lake, "--out", f"{at.absent}.csv", "SELECT 1"],
        ["--lake-uri", at.lake, "--as-of", ALL, "SELECT 1"],
    ],
    "lake maintain": lambda at: [["--lake-uri", each] for each in (at.lake, at.changed, at.absent)],
    "lake forget": lambda at: [
        ["--lake-uri", at.lake, "--file", at.file],
        ["--lake-uri", at.lake, "--file", at.absent],
        ["--lake-uri", at.lake, "--tweet-id", ALL],
        ["--lake-uri", at.lake, "--tweet-id", "1"],
    ],
    # A look for the broker each, which is a second.
    "lake doctor": lambda at: [["--lake-uri", at.lake], ["--lake-uri", at.changed, "--json"]],
    "lake drift": lambda at: [["--lake-uri", at.lake], ["--lake-uri", at.changed, "--json"], ["--lake-uri", ALL]],
    "doctor": lambda at: [["--lake-uri", at.absent]],
    "settings": lambda at: [[]],
    "broker": lambda at: [["--folder", f"{at.file}/below"], ["--port", ALL]],
    # Refused before anything is served.
    "web": lambda at: [
        ["--web-port", ALL],
        ["--model-alias", ALL],
        ["--web-public", "--web-token-file", at.absent],
    ],
    "demo": lambda at: [["--data", at.absent], ["--data", ALL[:100]]],
}


def test_every_command_is_walked() -> None:
    assert set(WALKED) | walk.ELSEWHERE == set(walk.commands())


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody to wait for, and nothing of this checkout's own."""
    for name, value in walk.NOWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", WALKED)
def test_a_command_says_nothing_that_a_terminal_obeys(
    command: str, places: Places, quiet: None, capfd: pytest.CaptureFixture[str]
) -> None:
    for number, arguments in enumerate(WALKED[command](places)):
        os.environ["LOG_FORMAT"] = ("console", "json")[number % 2]
        run = run_here(*command.split(), *arguments)
        walk.hold(arguments, run, capfd.readouterr(), as_json=number % 2 == 1)


@pytest.mark.parametrize("command", walk.commands())
def test_a_commands_refusal_of_its_own_arguments_is_as_inert(
    command: str, quiet: None, capfd: pytest.CaptureFixture[str]
) -> None:
    # Typer's own words, and those of the settings: no command gets as far as doing something.
    for arguments in ([f"--{ALL}"], [ALL] * 9, ["--" + NO_UTF8], ["--help", ALL]):
        run = run_here(*command.split(), *arguments)
        walk.hold(arguments, run, capfd.readouterr())
    for name in walk.variables(command):
        os.environ[name] = ALL.replace("\x00", "")
    run = run_here(*command.split(), *walk.NEEDED.get(command, []))
    walk.hold([command], run, capfd.readouterr())
    assert run.returncode == 2 or command in walk.WITHOUT_SETTINGS
