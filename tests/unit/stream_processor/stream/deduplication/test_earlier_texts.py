from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from deltalake import DeltaTable

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import SCORED, TABLES
from stream_processor.stream.deduplication.earlier_texts import look_up
from stream_processor.stream.deduplication.recent_ids import RecentIds
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import NOW, TOPIC, batch, tweet

HOUR = timedelta(hours=1)


@pytest.fixture
def scored(tmp_path: Path) -> DeltaTable:
    """Three files, an hour apart."""
    lake = Lake(str(tmp_path))
    for table in TABLES:
        create.create(lake, table)
    for number in range(3):
        # Without `resume` nothing is remembered.
        LakeSink(lake, TOPIC).append(batch([tweet(1), tweet(number + 2)], 2 * number, arrived=NOW + number * HOUR))
    return lake.require(SCORED)


def test_texts_are_found_by_id_and_time(scored: DeltaTable) -> None:
    assert look_up(scored, {1, 3, 9}, NOW, NOW + 2 * HOUR) == {1: ["tweet 1"] * 3, 3: ["tweet 3"]}
    assert look_up(scored, {1, 3}, NOW, NOW) == {1: ["tweet 1"]}
    assert look_up(scored, set(), NOW, NOW) == {}


@pytest.mark.parametrize("seconds", [0, -1])
def test_the_first_file_is_read_however_little_time_there_is(scored: DeltaTable, seconds: float) -> None:
    found = look_up(scored, {1}, NOW, NOW + 2 * HOUR, seconds)
    assert found == {1: ["tweet 1"]}


def test_files_of_other_days_are_not_even_listed(scored: DeltaTable, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[int] = []
    dataset_of = DeltaTable.to_pyarrow_dataset

    def watched(table: DeltaTable, **options: Any) -> Any:
        dataset = dataset_of(table, **options)
        listed.append(len(dataset.files))
        return dataset

    monkeypatch.setattr(DeltaTable, "to_pyarrow_dataset", watched)
    late = NOW + 24 * HOUR
    assert look_up(scored, {1}, late, late) == {}
    recent = RecentIds.rebuild(scored, HOUR, late + HOUR)
    assert listed == [0, 0]
    recent = RecentIds.rebuild(scored, HOUR, NOW)
    assert len(recent.known(np.array([1]))) == 1
    assert listed == [0, 0, 3, 3]
