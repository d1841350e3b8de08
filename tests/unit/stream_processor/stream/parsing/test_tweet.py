import json
import re
from pathlib import Path

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sentistream.contracts.topic import MAX_RECORD_BYTES
from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from stream_processor.stream.parsing.rejection import Reason, RejectedRecordError
from stream_processor.stream.parsing.tweet import Tweet, microseconds, parse

DOCUMENTED = Path(__file__).parents[5] / "docs" / "rejections.md"


def tweet(**data: object) -> bytes:
    return json.dumps({"data": {"id": "7", "text": "hello", **data}}).encode()


BAD = {
    "a tombstone": (None, Reason.TOMBSTONE),
    "empty": (b"", Reason.INVALID_JSON),
    "not JSON": (b"hello", Reason.INVALID_JSON),
    "truncated": (b'{"data": {"id": "7", "te', Reason.INVALID_JSON),
    "trailing garbage": (tweet() + b" x", Reason.INVALID_JSON),
    "NaN": (b'{"data": {"id": "7", "text": "x", "n": NaN}}', Reason.INVALID_JSON),
    "a raw NUL byte": (b'{"data": {"id": "7", "text": "a\0b"}}', Reason.INVALID_JSON),
    "a lone surrogate": (b'{"data": {"id": "7", "text": "\\ud83d"}}', Reason.INVALID_JSON),
    "nested too deeply": (b"[" * 100_000 + b"]" * 100_000, Reason.INVALID_JSON),
    "not UTF-8": (b'{"data": {"id": "7", "text": "\xff"}}', Reason.INVALID_UTF8),
    "UTF-16": ('{"data": {"id": "7", "text": "ä"}}'.encode("utf-16"), Reason.INVALID_UTF8),
    "an array": (b"[1]", Reason.NOT_AN_OBJECT),
    "a number": (b"7", Reason.NOT_AN_OBJECT),
    "null": (b"null", Reason.NOT_AN_OBJECT),
    "no data": (b'{"errors": []}', Reason.MISSING_DATA),
    "data of null": (b'{"data": null}', Reason.MISSING_DATA),
    "data that is a list": (b'{"data": []}', Reason.WRONG_TYPE),
    "no id": (b'{"data": {"text": "x"}}', Reason.MISSING_ID),
    "a numeric id": (tweet(id=7), Reason.WRONG_TYPE),
    "an id of words": (tweet(id="seven"), Reason.INVALID_ID),
    "an id with other digits": (tweet(id="\u0667"), Reason.INVALID_ID),
    "a negative id": (tweet(id="-7"), Reason.INVALID_ID),
    "the id zero": (tweet(id="0"), Reason.INVALID_ID),
    "an id beyond 63 bits": (tweet(id=str(2**63)), Reason.INVALID_ID),
    "an empty id": (tweet(id=""), Reason.INVALID_ID),
    "a bad author": (tweet(author_id="me"), Reason.INVALID_AUTHOR_ID),
    "an author that is a number": (tweet(author_id=5), Reason.WRONG_TYPE),
    "no text": (b'{"data": {"id": "7"}}', Reason.MISSING_TEXT),
    "text that is a list": (tweet(text=["x"]), Reason.WRONG_TYPE),
    "empty text": (tweet(text=""), Reason.EMPTY_TEXT),
    "blank text": (tweet(text=" \n\t\u3000"), Reason.EMPTY_TEXT),
    "1 MB of text": (tweet(text="x" * 1_000_000), Reason.TEXT_TOO_LONG),
    "more than a record may hold": (tweet(text="x" * MAX_RECORD_BYTES), Reason.TOO_LARGE),
    "a NUL in the text": (tweet(text="a\0b"), Reason.NUL_IN_TEXT),
    "a language that is a number": (tweet(lang=1), Reason.WRONG_TYPE),
    "a date that is a number": (tweet(created_at=1), Reason.WRONG_TYPE),
    "rules that are words": (b'{"data": {"id": "7", "text": "x"}, "matching_rules": "a"}', Reason.WRONG_TYPE),
    "a rule's tag that is a number": (
        b'{"data": {"id": "7", "text": "x"}, "matching_rules": [{"tag": 1}]}',
        Reason.WRONG_TYPE,
    ),
}


@pytest.mark.parametrize(("value", "reason"), BAD.values(), ids=BAD.keys())
def test_each_kind_of_bad_input_has_its_reason(value: bytes | None, reason: Reason) -> None:
    with pytest.raises(RejectedRecordError) as rejected:
        parse(value)
    assert rejected.value.reason is reason
    assert rejected.value.detail


def test_every_reason_is_tested_and_documented() -> None:
    # Whether an id is reused is no matter of the record alone.
    assert {reason for _, reason in BAD.values()} == set(Reason) - {Reason.ID_REUSED}
    assert set(re.findall(r"^\| `([a-z0-9_]+)`", DOCUMENTED.read_text(), re.MULTILINE)) == set(Reason)


def test_a_whole_tweet_is_read() -> None:
    value = orjson.dumps(
        {
            "data": {
                "id": "1490448039991025664",
                "author_id": "12",
                "text": "günstig 🚀",
                "lang": "de",
                "created_at": "2022-02-06T22:11:18.000Z",
                "new_field": [1],
            },
            "includes": {"users": []},
            "matching_rules": [{"id": "3", "tag": "crypto"}, {"id": "4"}, {"id": "5", "tag": ""}],
        }
    )
    assert parse(value) == Tweet(
        1490448039991025664, 12, "günstig 🚀", "de", "2022-02-06T22:11:18.000Z", ["crypto", "4", "5"]
    )


def test_a_long_post_and_a_retweet_are_read_whole() -> None:
    assert parse(tweet(text="cut …", note_tweet={"text": "the whole note"})).text == "the whole note"
    retweet = {"id": "7", "text": "RT @you: cut …", "referenced_tweets": [{"type": "retweeted", "id": "3"}]}
    includes = {"tweets": [{"id": "3", "text": "the whole original"}]}
    assert parse(json.dumps({"data": retweet, "includes": includes}).encode()).text == "RT @you: the whole original"


def test_the_last_of_duplicate_keys_wins() -> None:
    assert parse(b'{"data": {"id": "1", "id": "2", "text": "a", "text": "b"}}').tweet_id == 2


@pytest.mark.parametrize(
    "written", ["yesterday", "", "0000-00-00T00:00:00Z", "2022-13-45T99:00:00Z", "99999-01-01T00:00:00Z"]
)
def test_a_date_that_is_none_is_left_to_the_kafka_time(written: str) -> None:
    assert microseconds(written) is None


def test_what_could_be_read_before_the_fault_is_kept() -> None:
    with pytest.raises(RejectedRecordError) as rejected:
        parse(tweet(author_id="12", text=""))
    assert (rejected.value.tweet_id, rejected.value.author_id) == (7, 12)


def test_the_detail_never_repeats_the_text() -> None:
    with pytest.raises(RejectedRecordError) as rejected:
        parse(tweet(text="secret" * MAX_TEXT_CHARACTERS))
    assert "secret" not in rejected.value.detail


def outcome(value: bytes) -> Tweet | Reason:
    try:
        return parse(value)
    except RejectedRecordError as rejected:
        return rejected.reason


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["data", "id", "text", "tag", "lang", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value, allow_nan=True).encode("utf-8", "surrogatepass")))
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_end_as_one_tweet_or_one_rejection(value: bytes) -> None:
    found = outcome(value)
    assert isinstance(found, Reason) or (0 < found.tweet_id < 2**63 and found.text.strip())


def reference(value: bytes) -> bool:
    """RFC 8259 by the standard library, made strict: UTF-8, no NaN, no lone surrogates, no number that a double can't hold."""

    def refuse(constant: str) -> float:
        raise ValueError(constant)

    try:
        read = json.loads(value.decode("utf-8"), parse_constant=refuse)
        json.dumps(read, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except ValueError:
        return False
    return True


def accepted(value: bytes) -> bool:
    return outcome(value) not in (Reason.INVALID_JSON, Reason.INVALID_UTF8)


@given(json_values.map(lambda value: json.dumps(value).encode()), st.integers(0, 60), st.binary(max_size=2))
@example(b'{"data": 2.2e-309}', 12, b"")
def test_json_is_accepted_by_one_rule_whatever_the_parser(written: bytes, at: int, put: bytes) -> None:
    mutated = written[:at] + put + written[at + 1 :]
    assert accepted(written) == reference(written)
    # A byte-order mark is refused by both, but by the standard library only on text.
    assert accepted(mutated) == (reference(mutated) and not mutated.startswith(b"\xef\xbb\xbf"))
