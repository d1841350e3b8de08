from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentistream.contracts.split import Part, part_of
from trainer.data.split import by_author, by_time

texts = st.lists(st.text("abcdefgh ", min_size=4), min_size=20, max_size=60)


@given(texts, st.lists(st.sampled_from("abcde"), min_size=60, max_size=60))
def test_no_split_trains_on_or_chooses_by_what_the_project_tests_or_promotes_with(
    given_texts: list[str], authors: list[str]
) -> None:
    fixed = [part_of(text) for text in given_texts]
    moments = [datetime(2020, 1, 1) + timedelta(hours=7 * n % 11) for n in range(len(fixed))]
    for parts in (by_author(fixed, authors[: len(fixed)]), by_time(fixed, moments)):
        kept_away = {Part.TEST, Part.PROMOTION}
        learnt_from = {Part.TRAIN, Part.VALIDATION}
        assert all(part not in learnt_from for part, before in zip(parts, fixed, strict=True) if before in kept_away)
        assert all(
            (part == Part.PROMOTION) == (before is Part.PROMOTION) for part, before in zip(parts, fixed, strict=True)
        )


def test_an_author_is_on_one_side() -> None:
    fixed = [Part.TRAIN] * 300
    parts = by_author(fixed, [f"author{n % 30}" for n in range(300)])
    assert len({(n % 30, part) for n, part in enumerate(parts)}) == 30
    assert set(parts) > {Part.TRAIN}


def test_by_time_the_newest_tenth_is_tested_on() -> None:
    moments = [datetime(2020, 1, 1) + timedelta(days=(n * 37) % 100) for n in range(100)]
    parts = by_time([Part.TRAIN] * 100, moments)
    tested = {moment for moment, part in zip(moments, parts, strict=True) if part == Part.TEST}
    assert tested == set(sorted(moments)[-10:])
