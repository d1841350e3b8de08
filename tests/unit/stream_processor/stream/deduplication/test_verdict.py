from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sentistream import tweet_form
from sentistream.tweet_form import fingerprint
from stream_processor.stream.deduplication.recent_ids import RecentIds
from stream_processor.stream.deduplication.verdict import judge

START = datetime(2026, 1, 1, tzinfo=UTC)
Tweet = tuple[int, str]
LONG = "a long post of which somebody has only the beginning"
texts = st.sampled_from(
    [LONG, LONG[:20], LONG[:7], LONG[:20] + " or another end", "x", "quite another", "Q &amp; A", "Q & A"]
)
tweets = st.lists(st.tuples(st.integers(1, 4), texts), max_size=8)


class Window:
    """A window that holds some tweets, and the table behind it."""

    def __init__(self, scored: list[Tweet], is_found: bool = True) -> None:
        self.scored = scored
        self.asked: list[set[int]] = []
        self._is_found = is_found
        self._recent = RecentIds(timedelta(hours=1))
        for number, text in scored:
            forms = tweet_form.normal(pa.array([text]))
            self._recent.add(np.array([number]), fingerprint.of(forms), START, START)

    def judge(self, batch: list[Tweet]) -> str:
        """A letter for each tweet: n(ew), d(uplicate) or r(eused)."""
        ids = np.array([number for number, _ in batch], np.int64)
        verdict = judge(ids, pa.array([text for _, text in batch], pa.string()), self._recent, self._look_up)
        return "".join(
            "d" if d else "r" if r else "n" for d, r in zip(verdict.is_duplicate, verdict.is_reused, strict=True)
        )

    def _look_up(self, ids: Collection[int], earliest: datetime, latest: datetime) -> dict[int, list[str]]:
        self.asked.append(set(ids))
        assert earliest <= START <= latest
        if not self._is_found:
            return {}
        return {number: [text for each, text in self.scored if each == number] for number in ids}


def are_same(one: str, other: str) -> bool:
    return tweet_form.is_same_tweet(*tweet_form.normal(pa.array([one, other])).to_pylist())


@given(tweets, tweets)
def test_each_tweet_is_held_against_the_first_of_its_id(scored: list[Tweet], batch: list[Tweet]) -> None:
    first: dict[int, str] = {}
    for number, text in scored:
        first.setdefault(number, text)
    window, expected = Window(list(first.items())), ""
    for number, text in batch:
        expected += "n" if number not in first else "d" if are_same(first[number], text) else "r"
        first.setdefault(number, text)
    assert window.judge(batch) == expected


def test_the_table_is_asked_only_for_a_shorter_text_that_begins_alike() -> None:
    window = Window([(1, LONG), (2, "short")])
    assert (
        window.judge([(1, LONG), (1, LONG + " and more"), (2, "short and long"), (1, "quite another"), (3, LONG)])
        == "dddrn"
    )
    assert window.asked == []
    assert window.judge([(1, LONG[:20]), (1, LONG[:15] + " else"), (2, "short")]) == "drd"
    assert window.asked == [{1}]


def test_what_the_table_does_not_answer_in_time_is_kept_as_a_dead_letter_and_not_dropped() -> None:
    assert Window([(1, LONG)], is_found=False).judge([(1, LONG[:20])]) == "r"


def test_an_id_that_was_scored_twice_is_known_by_either_text() -> None:
    window = Window([(1, "one text"), (1, "quite another")])
    assert window.judge([(1, "one text"), (1, "quite another"), (1, "a third")]) == "ddr"
