import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sentistream import tweet_form
from sentistream.tweet_form import fingerprint, kernel
from sentistream.tweet_form.fingerprint import Likeness
from sentistream.tweet_form.kernel import HEAD

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


def of(text: str) -> int:
    return int(fingerprint.of(pa.array([text]))[0])


def compare(earlier: int, later: str) -> Likeness:
    return Likeness(fingerprint.compare(np.array([earlier], np.uint64), pa.array([later]))[0])


@given(st.lists(texts, min_size=1, max_size=8))
def test_a_fingerprint_does_not_depend_on_the_company(several: list[str]) -> None:
    column = pa.array(["left out", *several])
    found = fingerprint.of(column[1:])
    assert found.tolist() == [of(text) for text in several]
    turned = found[::-1].copy()
    expected = [compare(int(earlier), text) for earlier, text in zip(turned, several, strict=True)]
    assert fingerprint.compare(turned, column[1:]).tolist() == expected


@given(texts, st.text(st.characters(codec="utf-8"), max_size=30))
def test_a_text_that_begins_with_the_earlier_one_is_the_same_tweet(earlier: str, more: str) -> None:
    assert compare(of(earlier), earlier + more) is Likeness.SAME


@given(texts, texts)
def test_what_a_fingerprint_says_is_true_and_only_shorter_texts_leave_it_unsure(earlier: str, later: str) -> None:
    likeness, size = compare(of(earlier), later), len(later.encode())
    assert (likeness is Likeness.SAME) == later.startswith(earlier)
    if likeness is Likeness.UNSURE:
        assert size < len(earlier.encode())
        assert size < HEAD or earlier.encode()[:HEAD] == later.encode()[:HEAD]


def test_a_longest_post_has_a_fingerprint() -> None:
    longest = "\U0001f600" * 25_000
    assert of(longest) >> 47 == 100_000
    assert compare(of(longest), longest + "!") is Likeness.SAME
    assert compare(of(longest), longest[:-1]) is Likeness.UNSURE
    assert compare(of(longest), longest[:-1] + "x") is Likeness.UNSURE
    assert compare(of(longest), "another post") is Likeness.OTHER


def test_what_was_compiled_at_set_up_serves_texts_of_whatever_memory() -> None:
    made = pa.array(["a good day", ""])
    batch = pa.record_batch({"text": made})
    received = pa.ipc.read_record_batch(pa.py_buffer(batch.serialize().to_pybytes()), batch.schema)["text"]
    for texts in (made, received, made[1:], pa.array([""]), pa.array([], pa.string())):
        fingerprint.compare(fingerprint.of(tweet_form.normal(texts)), tweet_form.normal(texts))
    assert len(kernel.write_forms.signatures) == len(kernel.write_fingerprints.signatures) == 1
