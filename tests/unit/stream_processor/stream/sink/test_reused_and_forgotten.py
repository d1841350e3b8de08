"""A forgotten tweet leaves nothing behind by its id having been used twice: it is asked for first, and erasure reaches its dead letters."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from sentistream.lake import doctor
from sentistream.lake.doctor import Verdict
from sentistream.lake.erasure.forget import Erasure, Outcome
from sentistream.lake.erasure.requests import Requests, Subjects
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED
from sentistream.settings import DoctorSettings, ForgetSettings
from stream_processor.offsets.resume import Resume
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import NOW, TOPIC, batch, column, empty_lake

KEY = "a key of the test's own"
AUTHOR = 1400000000000000005
LATER = (datetime.now(UTC) + timedelta(hours=1)).isoformat()


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return empty_lake(tmp_path)


def post(number: int, text: str, author: int = 1, created_at: str = "2026-01-02T02:00:00Z") -> bytes:
    return orjson.dumps({"data": {"id": str(number), "text": text, "author_id": str(author), "created_at": created_at}})


def settings_of(lake: Lake) -> ForgetSettings:
    return ForgetSettings.from_options(lake_uri=lake.uri, forget_key=KEY)


def forget(lake: Lake, tweets: tuple[int, ...] = (), authors: tuple[int, ...] = ()) -> Outcome:
    erasure = Erasure(lake, settings_of(lake), wait=True, say=print)
    return erasure.forget(Subjects(frozenset(tweets), frozenset(authors)))


def opened(lake: Lake) -> LakeSink:
    sink = LakeSink(lake, TOPIC)
    sink.resume(Resume({}, NOW))
    sink.forget(Requests(lake, settings_of(lake)).read())
    return sink


def require_nothing_is_left(lake: Lake) -> None:
    examined = DoctorSettings.from_options(
        lake_uri=lake.uri, forget_key=KEY, kafka_bootstrap_servers="localhost:1", kafka_wait_seconds=0
    )
    findings = doctor.examine(lake, examined)
    assert [each for each in findings if each.verdict is Verdict.BROKEN] == []
    of_erasure = [each for each in findings if each.promise == "forgotten stays forgotten"]
    assert {each.verdict for each in of_erasure} == {Verdict.KEPT}


@pytest.mark.parametrize(("tweets", "authors"), [((7,), ()), ((), (AUTHOR,))])
def test_erasure_reaches_the_dead_letters_of_reused_ids(
    lake: Lake, tweets: tuple[int, ...], authors: tuple[int, ...]
) -> None:
    values = [post(7, "one text"), post(7, "quite another", AUTHOR), post(8, "a third")]
    assert LakeSink(lake, TOPIC).append(batch(values)).rejected == 1
    assert forget(lake, tweets, authors).rejected == 1
    assert (column(lake, REJECTED, "value"), column(lake, REJECTED, "reason")) == ([None], ["id_reused"])
    require_nothing_is_left(lake)


def test_a_forgotten_tweet_that_comes_again_with_another_text_is_dropped_and_no_dead_letter(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([post(7, "one text"), post(8, "a third")]))
    forget(lake, tweets=(7,))
    again = [post(7, "quite another"), post(7, "one text"), post(8, "now another")]
    committed = opened(lake).append(batch(again, start=2))
    assert (committed.scored, committed.duplicates, committed.rejected) == (0, 2, 1)
    assert column(lake, REJECTED, "tweet_id") == [8]
    require_nothing_is_left(lake)


def test_a_dead_letter_of_a_forgotten_author_or_key_is_empty_whenever_it_was_written(lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([post(8, "a third")]))
    forget(lake, tweets=(7,), authors=(AUTHOR,))
    values = [post(8, "by the author, later", AUTHOR, LATER), post(8, "by another"), post(8, "under a forgotten key")]
    committed = opened(lake).append(batch(values, start=1, keys=[b"8", b"8", b"7"], arrived=datetime.now(UTC)))
    assert (committed.rejected, committed.duplicates) == (3, 0)
    assert [value for value in lake.require(REJECTED).to_pyarrow_table()["value"].to_pylist() if value] == [values[1]]
    require_nothing_is_left(lake)


def test_what_is_forgotten_between_a_kill_and_the_retry_is_counted_as_it_was_decided(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    values = [post(7, "one text"), post(7, "quite another")]
    with monkeypatch.context() as patched:
        patched.setattr(LakeSink, "_commit_scored", dies)
        with pytest.raises(KeyboardInterrupt):
            LakeSink(lake, TOPIC).append(batch(values))
    assert forget(lake, tweets=(7,)).rejected == 1
    committed = opened(lake).append(batch(values))
    assert (committed.scored, committed.duplicates, committed.rejected) == (0, 1, 1)
    assert column(lake, SCORED, "tweet_id") == []
    require_nothing_is_left(lake)
