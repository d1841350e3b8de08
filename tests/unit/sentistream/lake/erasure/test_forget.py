"""A request to forget, beside processes that could not keep it."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.erasure import forget as forgetting
from sentistream.lake.erasure import requests as requests_module
from sentistream.lake.erasure.forget import Erasure
from sentistream.lake.erasure.key import mark
from sentistream.lake.erasure.requests import Requests, Subjects
from sentistream.lake.lake import Lake
from sentistream.lake.locks.lake_lock import only_keeper, only_writer
from sentistream.lake.schema import create
from sentistream.lake.tables import FORGOTTEN, SCORED, TABLES
from sentistream.settings import ForgetSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.foreign_hands import commit, metadata, named
from tests.support.lake_rows import TOPIC, batch, column, tweet
from tests.support.small_disk import SmallDisk

KEY, OTHER = "a key of the test's own", "a key that is another"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return made_in(tmp_path)


def made_in(folder: Path) -> Lake:
    lake = Lake(str(folder))
    for table in TABLES:
        create.create(lake, table)
    LakeSink(lake, TOPIC).append(batch([tweet(1), tweet(2)]))
    return lake


def settings(key: str) -> ForgetSettings:
    return ForgetSettings.from_options(forget_key=key)


def forget(lake: Lake, tweet_id: int, key: str = KEY) -> None:
    erasure = Erasure(lake, settings(key), wait=True, say=lambda _: None)
    erasure.forget(Subjects(frozenset([tweet_id])))


@pytest.mark.parametrize("key", ["", OTHER])
@pytest.mark.parametrize("who", ["processor of tweets", "stream_processor tables"])
def test_a_running_process_without_the_key_is_named_before_anything_is_recorded(lake: Lake, who: str, key: str) -> None:
    its = mark(settings(key))
    lock: AbstractContextManager[None] = only_writer(lake, "tweets", its) if "tweets" in who else only_keeper(lake, its)
    with lock, pytest.raises(UserError, match=f"{who}.* runs without this FORGET_KEY.*Nothing was recorded or removed"):
        forget(lake, 1)
    assert lake.open(FORGOTTEN) is None
    assert column(lake, SCORED, "tweet_id") == [1, 2]
    forget(lake, 1)
    assert column(lake, SCORED, "tweet_id") == [2]


def test_a_running_process_with_the_key_is_waited_for(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PATIENCE_SECONDS", 0.0)
    with only_writer(lake, "tweets", mark(settings(KEY))), pytest.raises(UserError, match="has not seen the request"):
        forget(lake, 1)


def test_requests_whose_table_another_program_changed_are_refused_at_the_next_look(lake: Lake) -> None:
    forget(lake, 1)
    requests = Requests(lake, settings(KEY))
    assert requests.read().number == 1
    dropped = metadata(lake, FORGOTTEN, lambda fields: fields.remove(named(fields, "requested_at")))
    commit(lake, FORGOTTEN, dropped)
    for _ in range(2):
        with pytest.raises(UserError, match=r"Another program changed .*audit/forgotten"):
            requests.read()


def test_a_wrong_key_is_blamed_on_whoever_gave_it(lake: Lake) -> None:
    forget(lake, 1)
    with (
        only_writer(lake, "tweets", mark(settings(KEY))),
        pytest.raises(UserError, match="FORGET_KEY is not the one that"),
    ):
        forget(lake, 2, OTHER)
    assert column(lake, SCORED, "tweet_id") == [2]


def test_a_full_disk_says_what_was_removed_and_the_same_call_goes_on(small_disk: SmallDisk) -> None:
    lake = made_in(small_disk.folder / "lake")
    small_disk.fill()
    with pytest.raises(UserError, match=r"\(LAKE_URI\) is full .* Nothing was recorded or removed\."):
        forget(lake, 1)
    small_disk.make_room()
    processor = Requests(lake, settings(KEY))

    def seen_just_before_the_disk_is_full(_: str) -> None:
        processor.read()
        processor.acknowledge("tweets")
        small_disk.fill()

    erasure = Erasure(lake, settings(KEY), wait=True, say=seen_just_before_the_disk_is_full)
    cut_short = r"Removed from: no table yet\. Not, or not all, from: silver/scored_tweets, bronze/rejected_tweets"
    with only_writer(lake, "tweets", mark(settings(KEY))), pytest.raises(UserError, match=cut_short):
        erasure.forget(Subjects(frozenset([1])))
    assert column(lake, SCORED, "tweet_id") == [1, 2]
    small_disk.make_room()
    forget(lake, 1)
    assert column(lake, SCORED, "tweet_id") == [2]


def test_a_disk_without_room_to_merge_the_requests_records_nothing(
    small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = made_in(small_disk.folder / "lake")
    requests, now = Requests(lake, settings(KEY)), datetime.now(UTC)
    for first in (10, 10_000):
        requests.record(Subjects(frozenset(range(first, first + 2_000))), "many", now)
    monkeypatch.setattr(requests_module, "MOST_FILES", 1)
    small_disk.fill(left=128 * 1024)
    with pytest.raises(UserError, match=r"\(LAKE_URI\) is full .* Nothing was recorded or removed\."):
        forget(lake, 1)
    assert Requests(lake, settings(KEY)).read().number == 4_000
