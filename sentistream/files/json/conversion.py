"""Tweets as the APIs and programs wrote them over the years → the v2 filtered-stream object that the topic's contract asks for.

Forms: v2 with or without its envelope, X's own archive, and those of `older_apis` and `other_forms`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from sentistream.contracts.whole_text import whole_text
from sentistream.files.json import older_apis, other_forms
from sentistream.files.json.older_apis import known, written
from sentistream.files.table.columns import by_names
from sentistream.files.written_ids import usable_id
from sentistream.files.written_languages import language

NO_TWEETS = frozenset(
    (
        "delete",
        "scrub_geo",
        "limit",
        "status_withheld",
        "user_withheld",
        "disconnect",
        "warning",
        "event",
        "info",
        "errors",
        "meta",
    )
)
"""Keys of messages that streams send beside tweets."""
Json = dict[str, Any]


class UnusableTweetError(Exception):
    """An object that is no tweet of a known form, or lacks what a tweet needs."""


class Converted(NamedTuple):
    """A tweet: its id, its text, its v2 object as bytes, and when it was written, as the object says it."""

    tweet_id: str | None
    text: str
    value: bytes | None
    """None for a plain object: its v2 form waits for what is decided for the file."""
    created_at: Any
    label: Any = None
    author: str | None = None
    plain: Json | None = None
    """Of a plain object what is known beside id, text and time."""
    lang: str | None = None
    labels: Mapping[str, Any] = other_forms.NONE
    """Of a plain object what stands under each key that may hold the label; `label` is the first."""
    no_tag: str = ""
    """Of a plain object a language that is no BCP 47 tag: it has none."""


def convert(value: Json, raw: bytes | None = None, includes: object = None) -> Converted | None:
    """One object as its v2 form; None for a message that is no tweet. A v2 object's own bytes, if given, are kept where its text is whole.

    Raises:
        UnusableTweetError: it has no known form, or no text.
    """
    data = value.get("data")
    if isinstance(data, dict) and "record" not in value:
        return _v2(data, value, raw, value.get("includes") or includes)
    if "actor" in value and "verb" in value:
        return _record(older_apis.from_activity(value))
    if isinstance(value.get("tweet"), dict) and len(value) == 1:
        return _record(older_apis.from_status(value["tweet"]))
    if "id_str" in value or ("user" in value and "id" in value and "text" in value) or "full_text" in value:
        if _is_status(value):
            return _record(older_apis.from_status(value))
    elif _is_bare_v2(value):
        envelope = b'{"data":%b}' % raw if raw is not None else None
        return _v2(value, {"data": value}, envelope, includes)
    plain = other_forms.told(value)
    if plain is not None:
        return _plain(plain)
    if NO_TWEETS & value.keys():
        return None
    raise UnusableTweetError(f"an object of no known form (its keys: {', '.join(map(str, list(value)[:12]))})")


def with_id(value: bytes, tweet_id: str) -> bytes:
    """A v2 object under another id."""
    record = orjson.loads(value)
    record["data"]["id"] = tweet_id
    return orjson.dumps(record)


def _v2(data: Json, record: Json, raw: bytes | None, includes: object) -> Converted:
    text = whole_text(data, includes)
    if text is not data.get("text") and text != data.get("text"):
        record, raw = {**record, "data": {**data, "text": text}}, None
    return _complete(data, text, raw if raw is not None else orjson.dumps(record))


def _is_bare_v2(value: Json) -> bool:
    """Whether it is a v2 object without its envelope, and no row of a table with a label."""
    tweet_id = value.get("id")
    if not isinstance(tweet_id, str) or "text" not in value or usable_id(tweet_id) != tweet_id:
        return False
    columns = by_names(tuple(value))
    return columns is not None and not columns.labels


def _is_status(value: Json) -> bool:
    """Whether it is v1.1's own object, and no row of a table that has such columns."""
    return (
        isinstance(value.get("user"), dict)
        or "id_str" in value
        or "entities" in value
        or by_names(tuple(value)) is None
    )


def _record(record: Json) -> Converted:
    data = record["data"]
    return _complete(data, data.get("text"), orjson.dumps(record))


def _complete(data: Json, text: Any, value: bytes) -> Converted:
    tweet_id, created_at = data.get("id"), data.get("created_at")
    if not isinstance(tweet_id, str) or usable_id(tweet_id) != tweet_id:
        raise UnusableTweetError(f"the id {str(tweet_id)[:40]!r} is no tweet's")
    if not isinstance(text, str) or not text.strip():
        raise UnusableTweetError("the text is missing or empty")
    author, lang = data.get("author_id"), data.get("lang")
    return Converted(
        tweet_id,
        text,
        value,
        created_at if isinstance(created_at, str) else None,
        None,
        author if isinstance(author, str) else None,
        lang=lang if isinstance(lang, str) else None,
    )


def _plain(plain: other_forms.Plain) -> Converted:
    if not isinstance(plain.text, str) or not plain.text.strip():
        raise UnusableTweetError("the text is missing or empty")
    tag, no_tag = _language(written(plain.lang))
    more = known(author_id=usable_id(written(plain.author)), lang=tag)
    tweet_id = str(plain.tweet_id) if isinstance(plain.tweet_id, float) else written(plain.tweet_id)
    label = next(iter(plain.labels.values()), None)
    author = written(plain.author)
    return Converted(tweet_id, plain.text, None, plain.created_at, label, author, more, tag, plain.labels, no_tag)


def _language(name: str | None) -> tuple[str | None, str]:
    """A written language as a tag, or as it is written where it is none."""
    try:
        return language(name or ""), ""
    except ValueError:
        return None, str(name)
