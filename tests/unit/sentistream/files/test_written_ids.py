import pytest

from sentistream.files.written_ids import row_id, unwrapped_id, usable_id


def test_a_row_without_an_id_gets_the_same_one_every_time() -> None:
    first, again, other = (row_id("a file", line, "hi") for line in (1, 1, 2))
    assert first == again
    assert first != other
    assert 0 < int(first) < 2**63


@pytest.mark.parametrize("unusable", ["", "abc", "0", "-5", str(2**63), "٣", "9" * 30, None])
def test_an_unusable_id_is_none(unusable: str | None) -> None:
    assert usable_id(unusable) is None


@pytest.mark.parametrize("wrapped", ["ID_1294030472427835393", "'1294030472427835393", '="1294030472427835393"'])
def test_an_id_is_taken_out_of_a_spreadsheets_wrapping(wrapped: str) -> None:
    assert unwrapped_id(wrapped) == "1294030472427835393"


@pytest.mark.parametrize("rounded", ["1.29403E+18", "1294030472427835393.0", "12 94", None])
def test_a_rounded_id_is_none(rounded: str | None) -> None:
    assert unwrapped_id(rounded) is None
