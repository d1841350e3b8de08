"""What is decided for a file: how it is written and what its columns, ids, dates and labels mean; it travels with each record."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote, unquote

from sentistream.contracts.label_words import SKIP
from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE
from sentistream.files.content.encoding import UTF_8
from sentistream.files.options import Ids
from sentistream.files.table.cells import Dialect, Quoting
from sentistream.files.table.columns import Columns
from sentistream.files.written_dates import Dates

HEAD_BYTES = 4096
"""Of a file's content, in its fingerprint."""
LETTERS = {NEGATIVE: "n", NEUTRAL: "u", POSITIVE: "p", SKIP: "s"}
MEANINGS = {letter: meaning for meaning, letter in LETTERS.items()}


class Format(StrEnum):
    """What a file is."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Head:
    """The fingerprint of a file's beginning."""

    length: int = 0
    digest: str = ""

    @classmethod
    def of(cls, content: bytes, length: int = HEAD_BYTES) -> "Head":
        """Of the first `length` bytes, or of all where there are less."""
        beginning = content[:length]
        return cls(len(beginning), hashlib.sha256(beginning).hexdigest()[:12])

    def begins(self, content: bytes) -> bool:
        """Whether this content begins as that one did."""
        return len(content) >= self.length and Head.of(content, self.length) == self


@dataclass(frozen=True)
class Decision:
    """All that reading a file needs."""

    format: Format
    encoding: str = UTF_8
    carriage_returns: bool = False
    dialect: Dialect | None = None
    columns: Columns | None = None
    """With one label and one date at most."""
    ids: Ids = Ids.COLUMN
    """`column` or `hash`."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Of JSON: `text`, `label` or `id` → the object's key that the user names."""
    labels: Mapping[str, str] = field(default_factory=dict)
    dates: Dates = field(default_factory=Dates)
    head: Head = field(default_factory=Head)

    def __str__(self) -> str:
        """The compact form that a record carries."""
        parts = {"f": str(self.format), "i": str(self.ids), "b": f"{self.head.length}.{self.head.digest}"}
        if self.encoding != UTF_8:
            parts["e"] = self.encoding
        if self.carriage_returns:
            parts["n"] = "cr"
        if self.dialect is not None:
            parts["d"] = f"{self.dialect.delimiter}{self.dialect.quoting[0]}{self.dialect.skipped}"
        if self.columns is not None:
            columns = self.columns
            places = (columns.text, *_one(columns.labels), columns.tweet_id, *_one(columns.dates))
            parts["c"] = ".".join("" if place is None else str(place) for place in places)
            if columns.author_ids and columns.author is not None:
                parts["a"] = str(columns.author)
            if columns.lang is not None:
                parts["g"] = str(columns.lang)
        if self.keys:
            parts["k"] = ",".join(f"{what}:{quote(key, safe='')}" for what, key in sorted(self.keys.items()))
        if self.labels:
            pairs = (f"{quote(label, safe=' ')}:{LETTERS[meaning]}" for label, meaning in sorted(self.labels.items()))
            parts["l"] = ",".join(pairs)
        if self.dates.order or self.dates.form:
            parts["t"] = self.dates.form or self.dates.order
        return ";".join(f"{name}={quote(value, safe=',:.- ')}" for name, value in parts.items())

    def as_carried(self, carried: str) -> "Decision":
        """This decision with all that an earlier one, in its compact form, decided otherwise by looking at the file as it was then."""
        parts = {
            name: unquote(value) for name, _, value in (part.partition("=") for part in carried.split(";")) if value
        }
        dialect, columns = self.dialect, self.columns
        if dialect is not None and "d" in parts:
            quoting = next((each for each in Quoting if each[0] == parts["d"][1:2]), dialect.quoting)
            dialect = replace(dialect, delimiter=parts["d"][0], quoting=quoting, skipped=int(parts["d"][2:]))
        if columns is not None and "c" in parts:
            text, label, tweet_id, date = (int(place) if place else None for place in parts["c"].split("."))
            columns = replace(
                columns,
                text=columns.text if text is None else text,
                labels=() if label is None else (label,),
                tweet_id=tweet_id,
                dates=() if date is None else (date,),
                author=int(parts["a"]) if "a" in parts else columns.author,
                author_ids="a" in parts,
                lang=int(parts["g"]) if "g" in parts else None,
            )
        told = parts.get("t", "")
        return replace(
            self,
            encoding=parts.get("e", UTF_8),
            carriage_returns="n" in parts,
            dialect=dialect,
            columns=columns,
            keys=_pairs(parts.get("k", "")),
            ids=Ids(parts.get("i", self.ids)),
            labels=_labels(parts.get("l", "")),
            dates=Dates(form=told) if "%" in told else Dates(told),
            head=_head(parts.get("b", "")),
        )


def carried_head(carried: str) -> Head:
    """The fingerprint in a compact form."""
    return _head(next((part[2:] for part in carried.split(";") if part.startswith("b=")), ""))


def _one(places: tuple[int, ...]) -> tuple[int | None]:
    return (places[0] if places else None,)


def _head(written: str) -> Head:
    length, _, digest = written.partition(".")
    return Head(int(length) if length.isdigit() else 0, digest)


def _labels(written: str) -> dict[str, str]:
    return {label: MEANINGS[letter] for label, letter in _pairs(written).items() if letter in MEANINGS}


def _pairs(written: str) -> dict[str, str]:
    pairs = (pair.rpartition(":") for pair in written.split(",") if pair)
    return {unquote(name): unquote(value) for name, _, value in pairs}
