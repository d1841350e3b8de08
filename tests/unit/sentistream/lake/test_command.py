from pathlib import Path

import orjson

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import SCORED
from tests.support.commands import run_here
from tests.support.foreign_hands import commit, metadata, named


def test_history_says_where_another_program_changed_a_table_and_shows_its_words_as_text(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    create.create(lake, SCORED)
    info = {"timestamp": 1_800_000_000_000, "operation": "[/red]", "userMetadata": "[bold]mine[/]\x1b[2J"}
    dropped = metadata(lake, SCORED, lambda fields: fields.remove(named(fields, "label")))
    version = commit(lake, SCORED, dropped)
    entry = Path(lake.location(SCORED)) / "_delta_log" / f"{version:020d}.json"
    _, *others = entry.read_text().splitlines()
    entry.write_text("\n".join([orjson.dumps({"commitInfo": info}).decode(), *others]))
    run = run_here("lake", "history", "--lake-uri", lake.uri)
    assert run.returncode == 0, run.stderr
    assert "Another program changed" in run.stderr
    assert "[/red]" in run.stdout
    assert r"[bold]mine[/]\x1b[2J" in run.stdout
