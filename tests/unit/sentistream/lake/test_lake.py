"""Opening tables, wherever they lie."""

from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.lake.maintenance import compaction
from sentistream.lake.query import engine
from sentistream.lake.schema import create
from sentistream.lake.tables import REMOVALS, SCORED, TABLES
from sentistream.settings import LakeSettings
from stream_processor.stream.sink import LakeSink
from tests.support.foreign_hands import commit, protocol
from tests.support.lake_rows import TOPIC, batch, column, tweet


def test_a_table_whose_log_delta_rs_can_not_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    held = create.create(lake, REMOVALS)
    commit(lake, REMOVALS, protocol(("catalogManaged",), ("inCommitTimestamp",)))
    for look in (lambda: lake.open(REMOVALS), lambda: lake.refresh(REMOVALS, held)):
        with pytest.raises(UserError, match=r"LAKE_URI: .*/audit/removals can't be read: .*catalog"):
            look()


@pytest.mark.parametrize("name", ["a blank ", "100% {a,b}", "ünï 日本 e\u0301", "q?x#y=z&*;:+~$", 'it\'s "so" <x>'])
def test_a_lake_of_any_name_that_is_taken_is_one_folder_for_all_who_open_it(tmp_path: Path, name: str) -> None:
    lake = Lake.at(LakeSettings.from_options(lake_uri=str(tmp_path / name)).lake_uri)
    for table in TABLES:
        create.create(lake, table)
    with lake_lock.only_writer(lake, "tweets"):
        LakeSink(lake, TOPIC).append(batch([tweet(1), tweet(2)]))
        assert list(lake_lock.writers(lake)) == ["tweets"]
    assert column(lake, SCORED, "tweet_id") == [1, 2]
    assert engine.ask(lake, "SELECT count(*) AS n FROM scored_tweets").to_pydict() == {"n": [2]}
    assert compaction.clean(lake.require(SCORED)).files_deleted == 0
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert sorted(each.name for each in (tmp_path / name).iterdir()) == ["_locks", "bronze", "silver"]
