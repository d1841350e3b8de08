"""The shape that a text is computed in is its own."""

from hypothesis import given
from hypothesis import strategies as st

from sentistream.scoring.onnx import padded

TOKENS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=40), max_size=200)


@given(TOKENS)
def test_each_text_is_in_one_batch_as_wide_as_its_own_length_says(texts: list[list[int]]) -> None:
    seen: list[int] = []
    for batch in padded.batches(texts, 0):
        assert len(batch.rows) <= padded.MOST
        for row, tokens, mask in zip(batch.rows.tolist(), batch.tokens.tolist(), batch.mask.tolist(), strict=True):
            text = texts[row]
            assert tokens == text + [0] * (len(tokens) - len(text))
            assert mask == [1] * len(text) + [0] * (len(tokens) - len(text))
            assert len(tokens) - padded.STEP < len(text) <= len(tokens)
            assert len(tokens) % padded.STEP == 0
            seen.append(row)
    assert sorted(seen) == list(range(len(texts)))
