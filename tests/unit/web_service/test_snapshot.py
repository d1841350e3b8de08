from pathlib import Path

import pytest

from sentistream.lake.query import engine
from sentistream.lake.tables import SCORED
from tests.support.lake_rows import NOW, empty_lake
from tests.support.silver import Silver
from web_service import snapshot
from web_service.snapshot import Snapshots


@pytest.fixture
def silver(tmp_path: Path) -> Silver:
    silver = Silver(empty_lake(tmp_path / "lake"))
    silver.append(["positive"], NOW)
    return silver


def test_what_a_page_asks_is_of_the_version_that_it_names_whatever_is_committed_meanwhile(silver: Silver) -> None:
    taken = Snapshots(silver.lake.uri).take()
    silver.append(["positive"], NOW)
    assert taken.lake is not None
    rows = engine.ask(taken.lake, "SELECT count(*) AS n FROM scored_tweets", taken.tables)["n"].to_pylist()
    assert rows == [1]
    assert taken.versions == [("silver", 1), ("rejected", 0)]


def test_who_asks_at_once_shares_a_snapshot_and_later_ones_see_more(
    silver: Silver, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = Snapshots(silver.lake.uri)
    monkeypatch.setattr(snapshot, "FRESH_SECONDS", 3_600.0)
    first = snapshots.take()
    silver.append(["positive"], NOW)
    assert snapshots.take() is first
    monkeypatch.setattr(snapshot, "FRESH_SECONDS", -1.0)
    assert snapshots.take().tables[SCORED].version() == first.tables[SCORED].version() + 1


def test_a_lake_that_is_not_there_is_a_sentence_and_no_failure(tmp_path: Path) -> None:
    taken = Snapshots(str(tmp_path / "nowhere")).take()
    assert taken.versions == []
    assert "no processor has run" in str(taken.missing)
