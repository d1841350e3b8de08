"""A look at all objects of a JSON file, for what is decided of it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import IO, Any

from sentistream.errors import UserError
from sentistream.files.content import encoding
from sentistream.files.content.inputs import Input
from sentistream.files.content.opening import opened
from sentistream.files.decision import Decision
from sentistream.files.json import objects
from sentistream.files.json.conversion import UnusableTweetError
from sentistream.files.json.named_keys import converted
from sentistream.files.json.objects import EmptyList, JsonObject
from sentistream.files.json.other_forms import NONE
from sentistream.files.looked import Batch, Looked
from sentistream.files.rows import TOO_DEEP, BrokenRow

BATCH = 4096
MANY_KEYS = 20
FIELDS = frozenset(("id", "text", "created_at", "lang", "author_id"))
FIRST_OBJECTS = 1000
"""Objects whose fields are looked at, to be shown."""


def _until_cut(rows: Iterator[objects.Row]) -> Iterator[objects.Row]:
    """The rows of a file of which only the beginning is there; that it ends within a document is no fault."""
    with suppress(UserError):
        yield from rows


Found = tuple[str | None, str, Mapping[str, Any], Any]
"""Id, text, the label under each of its keys, and time."""


def batches(each: Input, decision: Decision, looked: Looked) -> Iterator[Batch]:
    """The objects of a file, many at a time."""
    with opened(each) as stream:
        text = encoding.as_utf_8(stream, decision.encoding, decision.carriage_returns)
        rows = _converted(each, text, decision.keys, looked)
        while batch := list(islice(rows, BATCH)):
            ids, texts, labels, dates = zip(*batch, strict=True)
            has_labels = any(labels)
            for key in dict.fromkeys(key for each in labels for key in each) if has_labels else ():
                looked.labels.name(key, looked.rows)
            told = {
                place: [str(each[key]) if key in each else "" for each in labels] if has_labels else [""] * len(labels)
                for key, place in (looked.labels.places or {"": 0}).items()
            }
            yield Batch([tweet_id or "" for tweet_id in ids], texts, told, {0: dates})


def _converted(each: Input, stream: IO[bytes], keys: Mapping[str, str], looked: Looked) -> Iterator[Found]:
    names: dict[str, None] = {}
    first = 0
    rows = objects.objects(each.shown, stream)
    for row in _until_cut(rows) if each.cut else rows:
        if type(row) is JsonObject:
            data = row.value.get("data")
            # X's own objects, which are most of what is read, need no conversion to be looked at.
            if (
                not keys
                and type(data) is dict
                and type(text := data.get("text")) is str
                and type(tweet_id := data.get("id")) is str
            ):
                if first < FIRST_OBJECTS:
                    first += 1
                    looked.fields |= data.keys() & FIELDS
                yield tweet_id, text, NONE, None
                continue
            try:
                tweet = converted(row, keys)
            except UnusableTweetError as unusable:
                looked.count_broken(str(unusable))
                continue
            except (RecursionError, TypeError):
                looked.count_broken(TOO_DEEP)
                continue
            if tweet is None:
                continue
            looked.api = looked.api and tweet.value is not None
            if tweet.no_tag:
                looked.no_tags[tweet.no_tag[:MANY_KEYS]] += 1
            if tweet.value is not None and first < FIRST_OBJECTS:
                first += 1
                found = {"created_at": tweet.created_at, "lang": tweet.lang, "author_id": tweet.author}
                looked.fields |= {"id", "text", *(name for name, each in found.items() if each is not None)}
            elif tweet.value is None and len(names) < MANY_KEYS:
                names.update(dict.fromkeys(map(str, row.value)))
                looked.names = tuple(names)
            # A key that the user names is the only one.
            labels = dict(islice(tweet.labels.items(), 1)) if "label" in keys else tweet.labels
            yield tweet.tweet_id, tweet.text, labels, tweet.created_at if tweet.value is None else None
        elif isinstance(row, EmptyList):
            looked.empty_lists += 1
        elif isinstance(row, BrokenRow):
            looked.count_broken(row.problem)
