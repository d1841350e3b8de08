"""The fast path of parsing: most records are plainly tweets, and are checked as columns instead of one by one.

It takes a record only where `tweet.parse` would surely give the same; whatever it is not sure of is left to that.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.topic import MAX_RECORD_BYTES
from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from stream_processor.stream.parsing.tweet import UNKNOWN_LANGUAGE, Tweet, rules

DECIMAL = r"^(?:[0-9]{1,18}|[0-8][0-9]{18})$"
"""Surely below 2^63."""
NO_RULES: list[str] = []
"""One for all: a list for each record would set off the garbage collector."""
VISIBLE = "[!-~\u00c0-\u024f\u0370-\u0fff\u3041-\ud7ff]"
"""A text with one of these is surely not blank."""


class Content(NamedTuple):
    """The content of the records at `rows`."""

    rows: npt.NDArray[np.int64]
    tweet_id: pa.Array
    author_id: pa.Array
    text: pa.Array
    lang: pa.Array
    created_at: list[str | None]
    rules: list[list[str]]


def read(values: list[bytes | None]) -> Content:
    """Read what is plainly a tweet; the rows that are not named in the answer have still to be parsed."""
    rows, ids, authors, texts, languages, dates, tags = _objects(values)
    content = Content(
        np.array(rows, np.int64),
        pa.array(ids, pa.string()),
        pa.array(authors, pa.string()),
        pa.array(texts, pa.string()),
        pa.array(languages, pa.string()),
        dates,
        tags,
    )
    sure = _sure(content)
    if not sure.all():
        kept = pa.array(sure)
        content = Content(
            content.rows[sure],
            *(column.filter(kept) for column in content[1:5]),
            *([each for each, is_sure in zip(column, sure, strict=True) if is_sure] for column in content[5:]),
        )
    return content._replace(
        tweet_id=pc.cast(content.tweet_id, pa.int64()), author_id=pc.cast(content.author_id, pa.int64())
    )


def with_odd(content: Content, odd: list[tuple[int, Tweet]]) -> Content:
    """Add the tweets that the exact parser found, each at its row, in the order of all rows."""
    rows = np.concatenate([content.rows, np.array([row for row, _ in odd], np.int64)])
    order = pa.array(np.argsort(rows))
    added = [each for _, each in odd]
    dates = [*content.created_at, *(each.created_at for each in added)]
    tags = [*content.rules, *(each.rules for each in added)]
    return Content(
        rows[order.to_numpy()],
        _joined(content.tweet_id, [each.tweet_id for each in added]).take(order),
        _joined(content.author_id, [each.author_id for each in added]).take(order),
        _joined(content.text, [each.text for each in added]).take(order),
        _joined(content.lang, [each.lang for each in added]).take(order),
        [dates[at] for at in order.to_pylist()],
        [tags[at] for at in order.to_pylist()],
    )


def _joined(column: pa.Array, added: list[Any]) -> pa.Array:
    return pa.concat_arrays([column, pa.array(added, column.type)])


def _objects(values: list[bytes | None]) -> tuple[list[Any], ...]:
    """The fields of values that are JSON of the right shape and types."""
    found: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
    rows, ids, authors, texts, languages, dates, tags = found
    loads = orjson.loads
    for row, value in enumerate(values):
        try:
            record = loads(value)  # type: ignore[arg-type]  # a tombstone is refused as well
            data = record["data"]
            tweet_id, text = data["id"], data["text"]
            author, language, date = data.get("author_id"), data.get("lang"), data.get("created_at")
            matching = record.get("matching_rules")
            if (
                type(tweet_id) is str
                and type(text) is str
                and (author is None or type(author) is str)
                and (language is None or type(language) is str)
                and (date is None or type(date) is str)
                and len(value) <= MAX_RECORD_BYTES  # type: ignore[arg-type]
            ):
                tags.append(NO_RULES if matching is None or matching == [] else rules(matching))
                rows.append(row)
                ids.append(tweet_id)
                authors.append(author)
                texts.append(text)
                languages.append(language or UNKNOWN_LANGUAGE)
                dates.append(date)
        except Exception:  # noqa: S112 - whatever is wrong, the exact parser says what
            continue
    return found


def _sure(content: Content) -> npt.NDArray[np.bool_]:
    is_author = pc.or_kleene(pc.is_null(content.author_id), _is_number(content.author_id))
    checks = (
        _is_number(content.tweet_id),
        pc.fill_null(is_author, False),
        pc.match_substring_regex(content.text, VISIBLE),
        pc.less(pc.find_substring(content.text, "\0"), 0),
        pc.less_equal(pc.binary_length(content.text), MAX_TEXT_CHARACTERS),
    )
    sure: npt.NDArray[np.bool_] = np.ones(len(content.rows), np.bool_)
    for check in checks:
        sure &= check.to_numpy(zero_copy_only=False)
    return sure


def _is_number(written: pa.Array) -> pa.Array:
    """Digits that are not all zero."""
    return pc.and_(pc.match_substring_regex(written, DECIMAL), pc.match_substring_regex(written, "[1-9]"))
