from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import SCORED, TABLES
from stream_processor.stream.deduplication.earlier_texts import look_up
from stream_processor.stream.sink import LakeSink
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


def test_a_look_up_ends_when_its_time_is_over(scored: DeltaTable) -> None:
    assert look_up(scored, {1, 3}, NOW, NOW + 2 * HOUR, seconds=-1) == {}
