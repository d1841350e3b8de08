from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sentistream.contracts.split import Part, is_kept_by, normalised, part_of


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


def test_only_a_version_that_names_this_split_is_known_to_have_kept_to_it() -> None:
    kept = [tag for tag in ("sentistream/split/1", "sentistream/split/1 by time") if is_kept_by(tag)]
    other = [tag for tag in ("", "sentistream/split/10", "random 80/20") if is_kept_by(tag)]
    assert (len(kept), other) == (2, [])
