import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from sentistream.errors import UserError
from sentistream.lake import time_travel
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import log_retention
from sentistream.lake.query import engine
from sentistream.lake.tables import REJECTED, SCORED, Table
from tests.support.commands import run_here


def commit(lake: Lake, table: Table, *ids: int) -> str:
    """Append rows; a time after this commit and before the next."""
    write_deltalake(lake.location(table), pa.table({"tweet_id": ids}), mode="append")
    time.sleep(0.005)
    now = datetime.now(UTC).isoformat()
    time.sleep(0.005)
    return now


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "a lake"))


def ids(lake: Lake, when: str, table: Table = SCORED) -> list[int]:
    return sorted(time_travel.as_of(lake, when)[table].to_pyarrow_table()["tweet_id"].to_pylist())


def test_a_time_shows_each_table_as_it_was_then(lake: Lake) -> None:
    first = commit(lake, SCORED, 1)
    second = commit(lake, REJECTED, 10)
    third = commit(lake, SCORED, 2)
    commit(lake, REJECTED, 20)
    assert [ids(lake, when) for when in (first, second, third)] == [[1], [1], [1, 2]]
    assert [ids(lake, when, REJECTED) for when in (second, third)] == [[10], [10]]
    assert REJECTED not in time_travel.as_of(lake, first)
    assert ids(lake, third.removesuffix("+00:00")) == [1, 2]
    assert ids(lake, "2999-01-01", REJECTED) == [10, 20]
    with pytest.raises(UserError, match="was not there yet"):
        time_travel.as_of(lake, "2001-01-01T00:00:00Z")


def test_a_version_of_the_scored_table_shows_the_others_at_its_time(lake: Lake) -> None:
    commit(lake, SCORED, 1)
    commit(lake, REJECTED, 10)
    commit(lake, SCORED, 2)
    commit(lake, REJECTED, 20)
    assert (ids(lake, "1"), ids(lake, "1", REJECTED)) == ([1, 2], [10])
    assert ids(lake, "0") == [1]
    with pytest.raises(UserError, match="has come to version 1; there is no version 2"):
        time_travel.as_of(lake, "2")


@pytest.mark.parametrize("when", ["yesterday", "-1", "2026-13-01"])
def test_what_is_no_time_and_no_version_is_refused(lake: Lake, when: str) -> None:
    commit(lake, SCORED, 1)
    with pytest.raises(UserError, match="give a version of scored_tweets, or a time like"):
        time_travel.as_of(lake, when)


def test_beyond_the_kept_log_it_says_how_far_back_it_goes(lake: Lake) -> None:
    early = [commit(lake, SCORED, number) for number in range(5)]
    DeltaTable(lake.location(SCORED)).create_checkpoint()
    late = commit(lake, SCORED, 5)
    assert ids(lake, early[2]) == [0, 1, 2]
    assert log_retention.shorten(DeltaTable(lake.location(SCORED)), kept=1) > 0
    assert ids(lake, early[4]) == ids(lake, "4") == [0, 1, 2, 3, 4]
    assert ids(lake, late) == [0, 1, 2, 3, 4, 5]
    for when in (early[2], "2"):
        with pytest.raises(UserError, match=r"silver/scored_tweets goes back to version 4, of 20.*lies before that"):
            time_travel.as_of(lake, when)


def test_rows_whose_files_are_deleted_are_counted_and_not_read(lake: Lake) -> None:
    commit(lake, SCORED, 1)
    then = commit(lake, SCORED, 2)
    table = DeltaTable(lake.location(SCORED))
    table.optimize.compact()
    tables = time_travel.as_of(lake, then)
    time_travel.require_files(tables)
    assert engine.ask(lake, "SELECT count(*) AS n FROM scored_tweets", tables).to_pylist() == [{"n": 2}]
    table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    assert lake.sizes(tables)[0]["rows"] == 2
    with pytest.raises(UserError, match="Version 1 of silver/scored_tweets can't be read any more"):
        time_travel.require_files(time_travel.as_of(lake, then))


def test_the_commands_take_the_time(lake: Lake) -> None:
    then = commit(lake, SCORED, 1)
    commit(lake, SCORED, 2)
    where = ("--as-of", then, "--lake-uri", lake.uri)
    asked = run_here("lake", "query", "SELECT 10 * count(*) AS n FROM scored_tweets", *where)
    assert asked.returncode == 0, asked.stderr
    assert "10" in asked.stdout
    listed = run_here("lake", "history", "--lake-uri", lake.uri).stdout
    assert re.search(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", listed), listed
    wrong = run_here("lake", "show", "--as-of", "then", "--lake-uri", lake.uri)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "then: give a version of scored_tweets" in wrong.stderr
