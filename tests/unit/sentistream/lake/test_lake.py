"""Opening tables, wherever they lie."""

from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake import doctor
from sentistream.lake.doctor import Verdict, broker
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.lake.maintenance import compaction
from sentistream.lake.options import warn_of_changes
from sentistream.lake.query import engine
from sentistream.lake.schema import create
from sentistream.lake.tables import REMOVALS, SCORED, TABLES
from sentistream.settings import DoctorSettings, LakeSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.foreign_hands import commit, protocol
from tests.support.lake_rows import TOPIC, batch, column, tweet


def test_a_table_whose_log_delta_rs_can_not_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    held = create.create(lake, REMOVALS)
    commit(lake, REMOVALS, protocol(("catalogManaged",), ("inCommitTimestamp",)))
    for look in (lambda: lake.open(REMOVALS), lambda: lake.refresh(REMOVALS, held)):
        with pytest.raises(UserError, match=r"LAKE_URI: .*/audit/removals can't be read: .*catalog"):
            look()


def test_one_table_that_can_not_be_opened_leaves_the_others_askable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "held", lambda _: None)
    lake = Lake(str(tmp_path))
    for table in TABLES:
        create.create(lake, table)
    LakeSink(lake, TOPIC).append(batch([tweet(1)]))
    create.create(lake, REMOVALS)
    commit(lake, REMOVALS, protocol(("catalogManaged",), ("inCommitTimestamp",)))
    assert {each["table"] for each in lake.sizes()} == {str(each) for each in TABLES}
    assert engine.ask(lake, "SELECT count(*) AS n FROM scored_tweets").to_pydict() == {"n": [1]}
    with pytest.raises(UserError, match=r"audit/removals can't be read"):
        engine.ask(lake, "SELECT * FROM removals")
    warn_of_changes(lake)
    warned = capsys.readouterr().err
    assert warned.count("\n") == 1
    assert "audit/removals can't be read" in warned
    findings = doctor.examine(lake, DoctorSettings.from_options(lake_uri=lake.uri))
    broken = [each for each in findings if each.verdict is Verdict.BROKEN]
    assert [(each.promise, each.subject) for each in broken] == [(doctor.OPENED, str(REMOVALS))]
    assert any(each.verdict is Verdict.SKIPPED and "it can't be opened" in each.found for each in findings)


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
    assert compaction.clean(lake.require(SCORED)).files == 0
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert sorted(each.name for each in (tmp_path / name).iterdir()) == ["_locks", "bronze", "silver"]
