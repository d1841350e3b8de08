"""Whatever is killed between which commits, and however a retry is cut and interleaved, each record is decided once."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentistream import tweet_form
from sentistream.errors import UserError
from sentistream.kafka.topic import Topic
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import REJECTED, SCORED, TABLES
from stream_processor.offsets.resume import Resume
from stream_processor.stream.sink import commit
from stream_processor.stream.sink.lake_sink import Committed, LakeSink
from stream_processor.stream.sink.rejected_table import RejectedTable
from tests.support.lake_rows import BAD, NOW, TOPIC, batch, column

FORMS = ("good morning", "good morning to all", "good", "bad evening", "bad &amp; evening", "bad & evening")
Place = tuple[int, int]
"""Partition and offset."""


class KilledError(Exception):
    pass


def dies(*_: Any) -> None:
    raise KilledError


class MortalSink(LakeSink):
    """Dies before or after the dead letters are committed."""

    dies: str | None = None

    def append(self, *arguments: Any) -> Committed:
        with pytest.MonkeyPatch.context() as patched:
            if self.dies == "before":
                patched.setattr(RejectedTable, "append", dies)
            return super().append(*arguments)

    def _commit_scored(self, *arguments: Any) -> None:
        if self.dies is not None:
            raise KilledError
        super()._commit_scored(*arguments)


@dataclass(frozen=True)
class Step:
    """How many more records of each partition a batch takes, which partition comes first, and where the process dies."""

    counts: tuple[int, int]
    first: int
    dies: str | None


Record = tuple[int, str] | None
"""Id and text; None for a record that is no tweet."""
records = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(FORMS)) | st.none(), max_size=6)
steps = st.lists(
    st.builds(Step, st.tuples(st.integers(0, 5), st.integers(0, 5)), st.sampled_from([0, 1]), st.sampled_from([None, "before", "between"])),
    max_size=6,
)  # fmt: skip


def value(record: Record) -> bytes:
    return BAD if record is None else orjson.dumps({"data": {"id": str(record[0]), "text": record[1]}})


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty")
    for table in TABLES:
        create.create(Lake.at(str(folder)), table)
    return folder


@pytest.fixture
def lake(empty: Path, tmp_path: Path) -> Lake:
    return Lake.at(str(shutil.copytree(empty, tmp_path / "lake")))


def opened(lake: Lake, topic: Topic = TOPIC, earliest: datetime = NOW) -> MortalSink:
    sink = MortalSink(lake, topic)
    sink.resume(Resume({}, earliest))
    return sink


def streamed(lake: Lake, partitions: tuple[list[Record], list[Record]], run: list[Step]) -> LakeSink:
    """Each kill is followed by a start; at the end everything that is left is one batch."""
    sink = opened(lake)
    for step in [*run, Step((len(partitions[0]), len(partitions[1])), 0, None)]:
        parts = []
        for number in (step.first, 1 - step.first):
            start = sink.committed.get(number, -1) + 1
            values = [value(record) for record in partitions[number][start : start + step.counts[number]]]
            parts += [batch(values, start, number)] if values else []
        if not parts:
            continue
        sink.dies = step.dies
        try:
            sink.append(pa.concat_tables(parts))
        except KilledError:
            sink = opened(lake)
    return sink


def places(lake: Lake, table: Any) -> Iterator[Place]:
    rows = lake.require(table).to_pyarrow_table(columns=["partition", "offset"]).to_pylist()
    return ((row["partition"], row["offset"]) for row in rows)


def form(text: str) -> str:
    return tweet_form.normal(pa.array([text]))[0].as_py()  # type: ignore[no-any-return]  # a string


@settings(max_examples=40, deadline=None)
@given(st.tuples(records, records), steps)
def test_a_retry_keeps_to_what_was_decided_however_it_is_cut(
    empty: Path, partitions: tuple[list[Record], list[Record]], run: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        lake = Lake.at(str(shutil.copytree(empty, Path(folder) / "lake")))
        totals = streamed(lake, partitions, run).totals
        sent = {(n, at): record for n, part in enumerate(partitions) for at, record in enumerate(part)}
        scored, rejected = Counter(places(lake, SCORED)), Counter(places(lake, REJECTED))
    assert max((scored + rejected).values(), default=1) == 1
    for number, tally in totals.items():
        assert tally.scored == sum(place[0] == number for place in scored)
        assert tally.rejected == sum(place[0] == number for place in rejected)
        assert (tally.read, tally.unaccounted) == (len(partitions[number]), 0)
    assert {place for place, record in sent.items() if record is None} <= rejected.keys()
    text_of = {sent[place][0]: form(sent[place][1]) for place in scored}  # type: ignore[index]  # a tweet
    assert len(text_of) == len(scored)
    for place, record in sent.items():
        if record is not None and not tweet_form.is_same_tweet(form(record[1]), text_of[record[0]]):
            assert place in rejected
        if record is not None and place in rejected and all(step.dies != "between" for step in run):
            assert not tweet_form.is_same_tweet(form(record[1]), text_of[record[0]])


@settings(max_examples=25, deadline=None)
@given(records, steps)
def test_where_an_id_has_one_partition_kills_change_nothing(empty: Path, every: list[Record], run: list[Step]) -> None:
    partitions = (
        [each for each in every if each and each[0] == 1],
        [each for each in every if not each or each[0] != 1],
    )
    tables = []
    for way in ([], run):
        with TemporaryDirectory() as folder:
            lake = Lake.at(str(shutil.copytree(empty, Path(folder) / "lake")))
            totals = streamed(lake, partitions, way).totals
            tables.append((sorted(places(lake, SCORED)), sorted(places(lake, REJECTED)), totals))
    assert tables[0] == tables[1]


def test_a_record_that_was_not_rejected_before_the_kill_can_be_in_the_retry(lake: Lake) -> None:
    first, other = value((1, "good morning")), value((1, "bad evening"))
    sink = opened(lake)
    sink.dies = "between"
    with pytest.raises(KilledError):
        sink.append(batch([first, BAD]))
    # The dead letters' offsets are beyond the first text now, and the other one comes before it.
    opened(lake).append(pa.concat_tables([batch([other], partition=1), batch([first, BAD])]))
    assert column(lake, REJECTED, "value") == sorted([BAD, first])
    assert list(places(lake, SCORED)) == [(1, 0)]
    assert [tally.unaccounted for tally in opened(lake).totals.values()] == [0, 0]


def test_a_dead_letter_of_the_topic_before_says_nothing_of_the_new_one(lake: Lake) -> None:
    good, bad = value((1, "good morning")), value((1, "bad evening"))
    opened(lake).append(batch([good, bad, good]))
    again = Topic(TOPIC.name, "id-2", TOPIC.partitions)
    sink = opened(lake, again)
    sink.dies = "between"
    later = {"arrived": NOW + timedelta(minutes=5)}
    with pytest.raises(KilledError):
        sink.append(batch([value((2, "new")), value((2, "new")), BAD], **later))  # type: ignore[arg-type]  # its own options
    committed = opened(lake, again).append(batch([value((2, "new")), value((2, "new")), BAD], **later))  # type: ignore[arg-type]
    assert (committed.scored, committed.duplicates, committed.rejected) == (1, 1, 1)


def test_a_new_topic_remembers_no_dead_letter_of_the_one_before(lake: Lake) -> None:
    good, bad = value((1, "good morning")), value((1, "bad evening"))
    opened(lake).append(batch([good, *[bad] * 9]))
    again = Topic(TOPIC.name, "id-2", TOPIC.partitions)
    assert opened(lake, again)._rejected.ahead == frozenset()
    later = NOW + timedelta(minutes=5)
    sink = opened(lake, again)
    sink.dies = "between"
    with pytest.raises(KilledError):
        sink.append(batch([good, bad, bad], arrived=later))
    sink = opened(lake, again)
    # Those of the old topic up to there, and its own.
    assert {offset for _, offset, _ in sink._rejected.ahead} == {1, 2}
    sink.append(batch([good, bad, bad], arrived=later))
    assert sink._rejected.ahead == frozenset()


def test_a_reused_id_keeps_its_record_whole(lake: Lake) -> None:
    other = value((1, "bad evening"))
    committed = opened(lake).append(batch([value((1, "good morning")), other], keys=[b"1", b"a key"]))
    assert (committed.scored, committed.rejected) == (1, 1)
    [row] = lake.require(REJECTED).to_pyarrow_table().to_pylist()
    assert (row["reason"], row["value"], row["key"], row["tweet_id"]) == ("id_reused", other, b"a key", 1)
    assert "evening" not in row["detail"]


def test_a_shorter_form_is_looked_up_in_the_table_after_a_restart_too(lake: Lake) -> None:
    whole, cut = "a long post of which somebody has the beginning", "a long post of which…"
    again = [value((1, cut)), value((2, "a long post of another")), value((1, whole + " only"))]
    sink = opened(lake)
    sink.append(batch([value((1, whole)), value((2, whole))]))
    for start in (2, 5):
        committed = sink.append(batch(again, start))
        assert (committed.scored, committed.rejected, committed.duplicates) == (0, 1, 2)
        sink = opened(lake)


def test_an_id_that_comes_with_another_text_after_the_window_is_scored(lake: Lake) -> None:
    opened(lake).append(batch([value((1, "good morning"))]))
    later = NOW + timedelta(hours=2)
    sink = opened(lake, earliest=later)
    assert sink.append(batch([value((1, "bad evening"))], start=1, arrived=later)).scored == 1


def test_a_start_reads_texts_only_when_an_id_comes_again(lake: Lake) -> None:
    opened(lake).append(batch([value((1, "good morning")), value((2, "bad evening"))]))
    sink = opened(lake)
    sink.append(batch([value((3, "new"))], start=2))
    assert [segment.is_complete for segment in sink._recent._segments] == [False, True]
    again = [value((1, "good morning")), value((2, "quite another")), value((3, "new"))]
    committed = sink.append(batch(again, start=3))
    assert (committed.scored, committed.rejected, committed.duplicates) == (0, 1, 2)
    assert [segment.is_complete for segment in sink._recent._segments] == [True, True]


def test_a_process_ends_where_another_has_added_dead_letters(lake: Lake) -> None:
    slow, quick = opened(lake), opened(lake)
    quick.append(batch([value((1, "good morning")), value((1, "bad evening"))]))
    with pytest.raises(UserError, match="Another writer"):
        slow.append(batch([value((1, "good morning")), value((1, "bad evening"))]))
    assert list(places(lake, REJECTED)) == [(0, 1)]


def test_a_process_ends_where_another_retries_the_same_offsets(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dead-letter table's offsets say nothing of it: they are beyond both of them, and stay."""
    parts = [batch([value((1, text)), BAD], partition=at) for at, text in enumerate(("good morning", "bad evening"))]
    for part in parts:
        sink = opened(lake)
        sink.dies = "between"
        with pytest.raises(KilledError):
            sink.append(part)
    # In the retry the other partition comes first: a dead letter is to be added at offset 0 of this one.
    retry = pa.concat_tables(parts[::-1])
    overtaken, late, quick = opened(lake), opened(lake), opened(lake)
    quick.dies = "between"
    policy = commit.commit_again

    def overtaking(attempts: int, refresh: Callable[[], None]) -> Any:
        """Another process adds its dead letter in the moment before the commit."""
        monkeypatch.setattr(commit, "commit_again", policy)
        with pytest.raises(KilledError):
            quick.append(retry)
        return policy(attempts, refresh)

    monkeypatch.setattr(commit, "commit_again", overtaking)
    for each in (overtaken, late):
        with pytest.raises(UserError, match="Another writer"):
            each.append(retry)
    assert Counter(places(lake, REJECTED)) == {(0, 0): 1, (0, 1): 1, (1, 1): 1}
    assert opened(lake).append(retry).rejected == 3
