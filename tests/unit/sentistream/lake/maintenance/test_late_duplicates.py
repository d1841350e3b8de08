from datetime import timedelta
from pathlib import Path

import pytest

from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import late_duplicates
from sentistream.lake.maintenance.late_duplicates import Removed
from sentistream.lake.tables import SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import NOW, TOPIC, batch, column, empty_lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return empty_lake(tmp_path)


def test_a_late_row_of_another_text_stays_and_is_counted(lake: Lake) -> None:
    texts = ("good morning", "good &amp; bad evening", "good", "good & bad evening", "good morning to all", "a third")
    for offset, text in enumerate(texts):
        value = b'{"data": {"id": "1", "text": "%s"}}' % text.encode()
        # A window of nothing stands for one that has passed.
        LakeSink(lake, TOPIC, timedelta(0)).append(batch([value], offset, arrived=NOW + timedelta(days=offset)))
    scored = lake.require(SCORED)
    assert late_duplicates.remove(lake, scored) == Removed(rows=3, reused=2)
    assert late_duplicates.remove(lake, scored) == Removed(rows=0, reused=2)
    assert column(lake, SCORED, "offset") == [0, 1, 5]
    assert scored.transaction_version("tweets/removed") == 3
