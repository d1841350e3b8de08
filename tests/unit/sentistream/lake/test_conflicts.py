from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from sentistream.lake.conflicts import OvertakenError, commit_again


@pytest.fixture
def uri(tmp_path: Path) -> str:
    """A table with one file a row."""
    for number in range(9):
        write_deltalake(str(tmp_path / "table"), pa.table({"n": [number]}), mode="append")
    return str(tmp_path / "table")


def merge(table: DeltaTable) -> Callable[[], object]:
    """Count each row on, by a commit that reads all of them."""
    rows = pa.table({"n": range(9)})
    return lambda: (
        table.merge(rows, "t.n = s.n", source_alias="s", target_alias="t")
        .when_matched_update({"n": "t.n + 100"})
        .execute()
    )


def numbers(uri: str) -> list[int]:
    return sorted(DeltaTable(uri).to_pyarrow_table()["n"].to_pylist())


def test_a_commit_that_was_overtaken_is_tried_again_on_what_is_there_now(uri: str) -> None:
    table = DeltaTable(uri)
    DeltaTable(uri).delete("n = 8")
    again = commit_again(2, table.update_incremental)
    again(merge(table))
    assert again.statistics["attempt_number"] == 2
    assert numbers(uri) == [100 + number for number in range(8)]


def test_one_that_is_always_overtaken_gives_up_and_changes_nothing(uri: str) -> None:
    table, removed = DeltaTable(uri), []

    def refresh() -> None:
        table.update_incremental()
        DeltaTable(uri).delete(f"n = {len(removed)}")
        removed.append(len(removed))

    refresh()
    with pytest.raises(OvertakenError, match="came in between 3 times: "):
        commit_again(3, refresh)(merge(table))
    assert numbers(uri) == list(range(3, 9))


def test_any_other_error_ends_it_at_once(uri: str) -> None:
    refreshed: list[bool] = []
    with pytest.raises(DeltaError):
        commit_again(3, lambda: refreshed.append(True))(DeltaTable(uri).delete, "no such column = 1")
    assert not refreshed
