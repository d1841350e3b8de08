"""What would be read of a file: a line for a log, and all that `sentistream inspect` shows."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sentistream.errors import UserError
from sentistream.files.content.inputs import Input
from sentistream.files.content.spool import spooled
from sentistream.files.deciding import Decided, decide
from sentistream.files.decision import Decision, Format
from sentistream.files.options import FileOptions, Ids, Purpose
from sentistream.files.reading import read
from sentistream.files.rows import BrokenRow, PassedOver, TweetRow
from sentistream.files.table.columns import Columns, by_names
from sentistream.files.written_ids import row_id

SAMPLE_ROWS = 20
COUNTED_ROWS = 500_000
"""Rows that are read for an inspection; more are known by the decision only."""
BROKEN_SHOWN = UNREAD_SHOWN = 5
OF_SCORE = ("text", "id")
"""What is read of a tweet to score it."""
SEPARATORS = {"\t": "tab", " ": "space", ",": "comma", ";": "semicolon", "|": "bar"}


def short(shown: str, decided: Decided, purpose: Purpose) -> str:
    """What was decided for a purpose, in a line."""
    decision = decided.decision
    columns = ", ".join(f"{what} from {name}" for what, name in _columns(decided, purpose).items() if name is not None)
    more = () if purpose is Purpose.SCORE else _beside_the_text(decided, purpose)
    rows = f"{decided.rows:,} rows" if decided.whole else f"by the first {decided.rows:,} rows"
    parts = (f"{shown}: {_format(decision)}, {decision.encoding}", columns, *more, rows)
    return "; ".join(part for part in parts if part)


def _beside_the_text(decided: Decided, purpose: Purpose) -> Iterator[str]:
    decision = decided.decision
    yield f"ids: {_ids(decided)}"
    meanings = ", ".join(f"{label}={meaning}" for label, meaning in sorted(decision.labels.items()) if label != meaning)
    if meanings:
        yield f"labels: {meanings}"
    if decision.dates.order:
        yield f"dates: {decision.dates.order}"
    unread = _not_read(decided, purpose)
    if unread:
        more = f" and {len(unread) - UNREAD_SHOWN} more" if len(unread) > UNREAD_SHOWN else ""
        yield f"not read: {', '.join(unread[:UNREAD_SHOWN])}{more}"


def inspect(each: Input, options: FileOptions, purpose: Purpose) -> dict[str, Any]:
    """What would be read of an input for a purpose, or why it is refused (docs/files.md lists the fields)."""
    report: dict[str, Any] = {
        "file": each.shown,
        "for": str(purpose),
        "format": None,
        "encoding": None,
        "dialect": None,
        "columns": {},
        "not_read": [],
        "rows": 0,
        "broken": 0,
        "passed_over": {},
        "ids": None,
        "distinct_ids": 0,
        "times": 0,
        "labels": {},
        "languages": {},
        "warnings": [],
        "refused": None,
        "sample": [],
        "broken_rows": [],
    }
    try:
        look, whole, _ = (each, each, True) if each.can_be_read_again else spooled(each)
        decided = decide(look, options)
        report |= _decision(decided, purpose)
        _count(report, whole, decided, purpose)
    except UserError as refusal:
        report["refused"] = str(refusal)
    return report


def _decision(decided: Decided, purpose: Purpose) -> dict[str, Any]:
    decision = decided.decision
    return {
        "format": str(decision.format),
        "encoding": decision.encoding,
        "dialect": _dialect(decision),
        "columns": _columns(decided, purpose),
        "not_read": _not_read(decided, purpose),
        "ids": str(_ids(decided)),
        "meanings": dict(sorted(decision.labels.items())),
        "warnings": list(decided.told(purpose)),
        "refused": decided.refusals.get(purpose),
    }


def _count(report: dict[str, Any], each: Input, decided: Decided, purpose: Purpose) -> None:
    """Read the file as it would be read."""
    decision = decided.decision_for(purpose)
    labels: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    ids: set[str] = set()
    for row in read(each, decision):
        match row:
            case TweetRow() if purpose is Purpose.TRAIN and not row.label:
                passed["no label"] += 1
            case TweetRow():
                tweet_id = row.tweet_id or (
                    "" if purpose is Purpose.SCORE else row_id(each.name, place_of(row), row.text)
                )
                created_at = decision.dates.iso(row.created_at)
                ids.update(filter(None, (tweet_id,)))
                labels[row.label or "none"] += 1
                languages[row.lang or "none"] += 1
                report["rows"] += 1
                report["times"] += created_at is not None
                if len(report["sample"]) < SAMPLE_ROWS:
                    report["sample"].append(
                        {"id": tweet_id, "text": row.text, "label": row.label or None, "created_at": created_at}
                    )
            case BrokenRow():
                report["broken"] += 1
                if len(report["broken_rows"]) < BROKEN_SHOWN:
                    report["broken_rows"].append(f"line {row.line}: {row.problem}")
            case PassedOver():
                passed[row.what] += 1
        if report["rows"] >= COUNTED_ROWS:
            report["warnings"].append(f"counted by the first {COUNTED_ROWS:,} rows")
            break
    report |= {
        "labels": dict(labels),
        "languages": dict(languages),
        "distinct_ids": len(ids),
        "passed_over": dict(passed),
    }


def place_of(row: TweetRow) -> int | str:
    """Where a row stands, as its own id takes it."""
    return f"{row.line}.{row.item}" if row.item else row.line


def _ids(decided: Decided) -> Ids:
    return Ids.COLUMN if decided.has_ids and decided.decision.ids is Ids.COLUMN else Ids.HASH


def _format(decision: Decision) -> str:
    dialect = _dialect(decision)
    separator = dialect["delimiter"] if dialect else ""
    return f"{decision.format}" + (f" ({SEPARATORS.get(separator, separator)})" if dialect else "")


def _dialect(decision: Decision) -> Mapping[str, Any] | None:
    if decision.dialect is None:
        return None
    separator = decision.dialect.delimiter
    return {
        "delimiter": separator,
        "quotes": str(decision.dialect.quoting),
        "header": list(decision.dialect.header) if decision.dialect.header is not None else None,
    }


def _columns(decided: Decided, purpose: Purpose) -> dict[str, str | None]:
    """What a tweet has → the column or key that it is taken from."""
    decision, names = decided.decision, decided.names
    if decision.format is Format.JSON:
        told = _keys(decided, purpose) if decided.rows else {}
    else:
        told = _named(decision.columns, names, purpose) if decision.columns is not None else {}
    return {what: name for what, name in told.items() if what in OF_SCORE} if purpose is Purpose.SCORE else told


def _keys(decided: Decided, purpose: Purpose) -> dict[str, str | None]:
    decision, fields = decided.decision, decided.fields
    if fields:
        v2 = {"id": "id", "date": "created_at", "lang": "lang", "author": "author_id"}
        found = {what: name if name in fields else None for what, name in v2.items()}
        return {"text": "text", "label": decision.keys.get("label") if decision.labels else None, **found}
    columns = by_names(tuple(decision.keys) + decided.names)
    if columns is None:
        # Bluesky's are within another object.
        return {"text": "text", "label": None, "id": None, "date": "createdAt", "lang": None, "author": None}
    told = _named(columns, tuple(decision.keys) + decided.names, purpose)
    told["label"] = told["label"] if decision.labels else None
    return {**told, **decision.keys}


def _named(columns: Columns, names: tuple[str, ...], purpose: Purpose) -> dict[str, str | None]:
    is_train = purpose is Purpose.TRAIN
    places = {
        "text": columns.text,
        "label": columns.labels[0] if columns.labels else None,
        "id": columns.tweet_id,
        "date": columns.dates[0] if columns.dates else None,
        "lang": None if is_train else columns.lang,
        "author": columns.author if is_train or columns.author_ids else None,
    }
    return {
        what: None if place is None else names[place] if place < len(names) else str(place + 1)
        for what, place in places.items()
    }


def _not_read(decided: Decided, purpose: Purpose) -> list[str]:
    """Columns, or keys of other objects than X's, of which nothing is taken."""
    read = set(_columns(decided, purpose).values())
    return (
        []
        if decided.fields
        else [name or f"column {number}" for number, name in enumerate(decided.names, 1) if name not in read]
    )
