import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.key import AUTHOR, TWEET, Key
from sentistream.lake.erasure.record import holds

KEY = Key(SecretStr("a key of the test's own"))
ASKED = 1_767_323_045_000_000
"""2026-01-02T03:04:05Z"""
EARLIER, LATER = "2026-01-02T03:04:00Z", "2026-01-02T03:04:06Z"


def forgotten(tweet: int = 7, author: int = 5) -> Forgotten:
    [of_tweet], [of_author] = KEY.digests(TWEET, [tweet]), KEY.digests(AUTHOR, [author])
    return Forgotten(1, KEY, frozenset({of_tweet}), {of_author: ASKED})


def post(number: object = "1", author: object = "2", written: object = EARLIER) -> dict[str, object]:
    return {"id": number, "text": "a text", "author_id": author, "created_at": written}


@pytest.mark.parametrize(
    "value",
    [
        {"data": post("7")},
        {"data": post("007")},
        {"data": post(7)},
        {"data": post(), "includes": {"tweets": [post("3"), post("7")]}},
        {"data": post(author="5")},
        {"data": post(author="5", written=None)},
        {"data": post(author="5", written="soon")},
        {"data": post(author="5", written="2999-01-01T00:00:00Z")},
        {"data": post(), "includes": {"tweets": [post(author="5")]}},
        {"data": post(), "includes": {"users": [{"id": "5", "username": "somebody"}]}},
    ],
)
def test_a_record_of_a_forgotten_tweet_or_author_is_known(value: object) -> None:
    assert holds(forgotten(), None, orjson.dumps(value), ASKED)


@pytest.mark.parametrize(
    "value",
    [
        b'{"data": {"id": "70", "author_id": "50"}, "includes": {"tweets": [{"id": "71"}], "users": [{"id": "7"}]}}',
        orjson.dumps({"data": post(author="5", written=LATER)}),
        orjson.dumps({"data": post(written=LATER), "includes": {"users": [{"id": "5"}]}}),
        orjson.dumps({"data": ["7"], "includes": {"tweets": {"id": "7"}, "users": ["5"]}}),
        orjson.dumps({"data": post(True, author=1.5), "includes": ["7"]}),
        b'{"data": {"id": "-7"}}',
        b'{"data": {"id": 18446744073709551615, "created_at": {}}}',
        b"7",
        b"\xff",
        b"",
        None,
    ],
)
def test_other_records_are_left_as_they_are(value: bytes | None) -> None:
    assert not holds(forgotten(), b"70", value, ASKED)


def test_a_record_is_known_by_its_key_whatever_it_holds() -> None:
    assert all(holds(forgotten(), b"7", value, ASKED) for value in (b"\xff", None, orjson.dumps({"data": post()})))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "includes", "tweets", "users", "id", "author_id", "created_at"]), inner
        )
    ),
    max_leaves=10,
)


@given(ANYTHING)
def test_no_record_is_too_odd(value: object) -> None:
    record = orjson.dumps({"data": value, "includes": value})
    assert holds(forgotten(), b"9999999999999999999", record, ASKED) in (True, False)


def test_another_key_gives_other_hashes_and_another_check() -> None:
    other = Key(SecretStr("another key of the test"))
    assert KEY.check == Key(SecretStr("a key of the test's own")).check != other.check
    assert KEY.digests(TWEET, [7]) != other.digests(TWEET, [7])
    assert KEY.digests(TWEET, [7]) != KEY.digests(AUTHOR, [7])
