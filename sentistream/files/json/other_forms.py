"""Tweets and posts as programs and other networks write them: twint, snscrape, mongoexport, Mastodon, Bluesky, a table's rows."""

import html
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from sentistream.files.table.columns import by_names

TAG = re.compile(r"<[^>]+>")
LINE_END = re.compile(r"<br\s*/?>|</p>\s*<p>")
Json = dict[str, Any]
NONE: Mapping[str, Any] = MappingProxyType({})


class Plain(NamedTuple):
    """What an object says, as it is written."""

    text: Any
    tweet_id: Any = None
    created_at: Any = None
    labels: Mapping[str, Any] = NONE
    """Under each key that may hold it."""
    author: Any = None
    lang: Any = None


def told(value: Json) -> Plain | None:
    """What an object says; None where its form is unknown."""
    if isinstance(value.get("_id"), dict):
        value = {name: _exported(inner) for name, inner in value.items() if name != "_id"}
    post = _bluesky(value)
    if post is not None:
        return post
    if "content" in value and isinstance(value.get("account"), dict):
        # Mastodon: the text is HTML.
        text = LINE_END.sub("\n", value["content"]) if isinstance(value["content"], str) else None
        text = html.unescape(TAG.sub("", text)) if text is not None else None
        return Plain(
            text, value.get("id"), value.get("created_at"), NONE, value["account"].get("id"), value.get("language")
        )
    return _row(value)


def _row(value: Json) -> Plain | None:
    """An object with the names of a table's columns; twint's and snscrape's are some of these."""
    columns = by_names(tuple(value))
    if columns is None:
        return None
    cells = list(value.values())
    text = cells[columns.text]
    names = list(value)
    labels = {names[place]: cells[place] for place in columns.labels if isinstance(cells[place], str | int | float)}
    date = next((cells[place] for place in columns.dates if cells[place] is not None), None)
    author = cells[columns.author] if columns.author is not None else None
    author = value.get("user_id") or (author.get("id") if isinstance(author, dict) else author)
    lang = cells[columns.lang] if columns.lang is not None else None
    return Plain(text, cells[columns.tweet_id] if columns.tweet_id is not None else None, date, labels, author, lang)


def _exported(inner: Any) -> Any:
    """MongoDB's extended JSON: `{"$numberLong": "7"}`, `{"$date": …}`."""
    if isinstance(inner, dict) and len(inner) == 1:
        name, value = next(iter(inner.items()))
        if name in ("$numberLong", "$numberInt", "$numberDouble", "$oid"):
            return value
        if name == "$date":
            return _exported(value)
    return inner


def _bluesky(value: Json) -> Plain | None:
    """A post of Bluesky: a view, an item of a feed, or an event of its stream."""
    for name in ("post", "commit"):
        if isinstance(value.get(name), dict) and isinstance(value[name].get("record"), dict):
            value = {**value, **value[name]}
    record = value.get("record")
    if not isinstance(record, dict) or "text" not in record:
        return None
    author = value.get("did") or (value["author"].get("did") if isinstance(value.get("author"), dict) else None)
    langs = record.get("langs")
    lang = langs[0] if isinstance(langs, list) and langs else None
    return Plain(record["text"], None, record.get("createdAt"), NONE, author, lang)
