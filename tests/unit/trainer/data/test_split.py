from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from trainer.data.split import Part, by_author, by_time, normalised, part_of


@given(st.text())
def test_every_text_belongs_to_a_part_and_its_shouted_copy_to_the_same(text: str) -> None:
    assert part_of(f"{text}!!! http://t.co/x") is part_of(text)


def test_near_copies_are_on_one_side() -> None:
    copies = [
        "So happy today!!",
        "RT @someone: soooo happy TODAY http://t.co/x",
        "so happy, today &amp;",
        "so happy today 2",
    ]
    assert len({normalised(copy) for copy in copies}) == 1


def test_the_parts_have_their_shares() -> None:
    counts = Counter(
        part_of(f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)} words") for n in range(17_576)
    )
    shares = {part: round(counts[part] / 17_576, 2) for part in Part}
    assert abs(shares[Part.TRAIN] - 0.80) <= 0.02
    assert abs(shares[Part.TEST] - 0.10) <= 0.02
    assert abs(shares[Part.VALIDATION] - 0.05) <= 0.02
    assert abs(shares[Part.PROMOTION] - 0.05) <= 0.02


texts = st.lists(st.text("abcdefgh ", min_size=4), min_size=20, max_size=60)


@given(texts, st.lists(st.sampled_from("abcde"), min_size=60, max_size=60))
def test_no_split_trains_on_what_the_project_tests_or_promotes_with(given_texts: list[str], authors: list[str]) -> None:
    fixed = [part_of(text) for text in given_texts]
    moments = [datetime(2020, 1, 1) + timedelta(hours=7 * n % 11) for n in range(len(fixed))]
    for parts in (by_author(fixed, authors[: len(fixed)]), by_time(fixed, moments)):
        kept_away = {Part.TEST, Part.PROMOTION}
        assert all(part != Part.TRAIN for part, before in zip(parts, fixed, strict=True) if before in kept_away)
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
