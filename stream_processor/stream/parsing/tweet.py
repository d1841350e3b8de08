"""From the bytes of one Kafka value to a tweet, or to a listed reason why not."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from sentistream.contracts import tweet_text
from sentistream.contracts.topic import MAX_RECORD_BYTES, decimal_id
from sentistream.contracts.whole_text import whole_text
from stream_processor.stream.parsing.rejection import Reason, RejectedRecordError

UNKNOWN_LANGUAGE = "und"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Tweet(NamedTuple):
    """What the contract needs of a v2 filtered-stream object; `created_at` as it is written."""

    tweet_id: int
    author_id: int | None
    text: str
    lang: str
    created_at: str | None
    rules: list[str]


def parse(value: bytes | None) -> Tweet:
    """Parse one Kafka value: strict RFC 8259 JSON in UTF-8, where the last of duplicate keys wins.

    Raises:
        RejectedRecordError: with the reason, for anything that is not a tweet; nothing else for any bytes.
    """
    if value is None:
        raise RejectedRecordError(Reason.TOMBSTONE, "the record has no value")
    if len(value) > MAX_RECORD_BYTES:
        raise RejectedRecordError(Reason.TOO_LARGE, f"{len(value)} bytes, at most {MAX_RECORD_BYTES} are taken")
    try:
        record = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise _undecodable(value, error) from error
    if not isinstance(record, dict):
        raise RejectedRecordError(Reason.NOT_AN_OBJECT, f"the JSON is {_kind(record)}")
    data = record.get("data")
    if data is None:
        raise RejectedRecordError(Reason.MISSING_DATA, "no data object")
    if not isinstance(data, dict):
        raise RejectedRecordError(Reason.WRONG_TYPE, f"data is {_kind(data)}")
    tweet_id = _tweet_id(data.get("id"))
    author_id = _author_id(data.get("author_id"), tweet_id)
    try:
        return Tweet(
            tweet_id=tweet_id,
            author_id=author_id,
            text=_text(whole_text(data, record.get("includes"))),
            lang=_string(data.get("lang"), "lang") or UNKNOWN_LANGUAGE,
            created_at=_string(data.get("created_at"), "created_at"),
            rules=rules(record.get("matching_rules")),
        )
    except RejectedRecordError as fault:
        raise RejectedRecordError(fault.reason, fault.detail, tweet_id, author_id) from None


def _undecodable(value: bytes, error: orjson.JSONDecodeError) -> RejectedRecordError:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError as not_utf8:
        return RejectedRecordError(Reason.INVALID_UTF8, f"byte {not_utf8.start}: {not_utf8.reason}")
    return RejectedRecordError(Reason.INVALID_JSON, f"{error.msg} (character {error.pos})")


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _tweet_id(value: Any) -> int:
    if value is None:
        raise RejectedRecordError(Reason.MISSING_ID, "no data.id")
    if not isinstance(value, str):
        raise RejectedRecordError(Reason.WRONG_TYPE, f"data.id is {_kind(value)}, X writes ids as strings")
    number = decimal_id(value)
    if number is None:
        raise RejectedRecordError(Reason.INVALID_ID, "data.id is not a decimal number from 1 to 2^63-1")
    return number


def _author_id(value: Any, tweet_id: int) -> int | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise RejectedRecordError(Reason.WRONG_TYPE, f"data.author_id is {_kind(value)}", tweet_id)
    number = decimal_id(value)
    if number is None:
        raise RejectedRecordError(
            Reason.INVALID_AUTHOR_ID, "data.author_id is not a decimal number from 1 to 2^63-1", tweet_id
        )
    return number


def _text(value: Any) -> str:
    if value is None:
        raise RejectedRecordError(Reason.MISSING_TEXT, "no data.text")
    if not isinstance(value, str):
        raise RejectedRecordError(Reason.WRONG_TYPE, f"data.text is {_kind(value)}")
    fault = tweet_text.fault(value)
    if fault is not None:
        raise RejectedRecordError(Reason(fault.reason), f"data.text {fault.detail}")
    return value


def _string(value: Any, name: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise RejectedRecordError(Reason.WRONG_TYPE, f"data.{name} is {_kind(value)}")


def microseconds(written: str | None) -> int | None:
    """ISO 8601 to microseconds since 1970 (UTC); None where it is absent or no date (the Kafka time stands in, as the contract says)."""
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND
    except (ValueError, OverflowError):
        return None


def rules(value: Any) -> list[str]:
    """The matching rules' tags, or their ids where they have none."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(rule, dict) for rule in value):
        raise RejectedRecordError(Reason.WRONG_TYPE, "matching_rules is not an array of objects")
    names = [rule.get("tag") or rule.get("id") for rule in value]
    if not all(name is None or isinstance(name, str) for name in names):
        raise RejectedRecordError(Reason.WRONG_TYPE, "a tag or id in matching_rules is not a string")
    return [name for name in names if name is not None]
