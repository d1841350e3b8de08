"""Strings that a terminal, a table or a log would obey, and a lake and files that are full of them."""

import json
import os
import re
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, write_deltalake

from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import EVERY, SCORED
from tests.support.foreign_hands import commit, metadata

NASTY = (
    "\x1b[2J\x1b]0;title\x07\x1b[31mred",
    "[/] [bold red]x[/] [link=file:///etc/passwd]y[/link] :smile:",
    "one\r\nerror: two\ttab\x00\x7f",
    "\x9b2J\x9d0;c1\x9c\x85",
    "\u202egnp.exe\u2066\u2069\u200f",
    "zero\u200bwidth\ufeff\u2028\u2029\U000e0041",
    "a\ufe0f\ufe0e\ufe01b\U000e0100\U000e01ef\ufe0f",
    "tag \U000e0001\U000e0068\U000e0069\U000e007f \U0001f3f4\U000e0067\U000e0068\U000e0069\U000e0067\U000e0068\U000e0069\U000e0067\U000e0068\U000e007f",
    "{0} %s %(x)s ${HOME} {{7*7}} <script>alert(1)</script> \"' \\",
    "o" + "\u0301" * 60,
    "=HYPERLINK(1)" + "long " * 2_000,
)
HALF = "half \ud83d of a pair \udc41"
"""Of UTF-16: only what is no UTF-8 can hold it, JSON's escapes for instance."""
ALL = "".join(NASTY)
IN_A_NAME = ALL.replace("\x00", "").replace("/", "")[:60] + "\x9b\u202e\u2028[x]"
"""What a file can be called."""
NO_UTF8 = b"\xff\xfe\x1b[2J".decode(errors="surrogateescape")
SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
KNOWN: dict[str, Any] = {"sentiment": "positive", "label": "positive", "source": "live", "reason": "invalid_json"}
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def obeyed(written: str) -> set[str]:
    """What a terminal would obey of this, by Unicode's own classes: control but the ends of our lines, direction, ends of paragraphs, no width; and rows of variation selectors, which hide whatever they write."""
    return {
        each
        for each in set(written)
        if (unicodedata.category(each) in {"Cc", "Cs", "Cf", "Zl", "Zp"} and each != "\n") or each == "\ufffd"
    } | set(SELECTORS.findall(written))


def nasty_lake(folder: Path) -> Lake:
    """Every table, a nasty string in each field that takes one, and in the words of its commits."""
    lake = Lake(str(folder))
    for table in EVERY:
        create.create(lake, table)
        schema = lake.require(table).to_pyarrow_table().schema
        rows = pa.table([_column(field) for field in schema], schema=schema)
        said = CommitProperties(custom_metadata={"userMetadata": ALL, ALL: ALL})
        write_deltalake(lake.location(table), rows, mode="append", commit_properties=said)
    return lake


def changed_lake(folder: Path) -> Lake:
    """The same, and another program gave a column that may not be null a nasty name."""
    lake = nasty_lake(folder)
    column = {"name": ALL, "type": "string", "nullable": False, "metadata": {}}
    commit(lake, SCORED, metadata(lake, SCORED, lambda fields: fields.append(column)))
    return lake


def nasty_file(folder: Path) -> Path:
    """Labelled rows with nasty texts and columns, in a file of a nasty name."""
    file = folder / f"{IN_A_NAME}.csv"
    lines = [f'id,text,label,"{_quoted(ALL)}"']
    for number, text in enumerate([*NASTY, *NASTY]):
        lines.append(f'{900000000000000017 + number},"{_quoted(text)}",{number % 2},"{_quoted(ALL)}"')
    file.write_bytes("\n".join(lines).encode(errors="surrogatepass").replace(b"\x00", b""))
    return file


def nasty_lines(folder: Path) -> Path:
    """Objects a line whose texts, labels and names are nasty and hold halves of a pair, which JSON's escapes can."""
    file = folder / "lines.jsonl"
    nasty = [*NASTY, HALF]
    rows = [
        {"id": str(900000000000000017 + number), "text": text, "label": text, HALF: text}
        for number, text in enumerate(nasty)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def nasty_labels(folder: Path) -> Path:
    """As `nasty_file`, but the labels are nasty, too, and a row is cut."""
    file = folder / f"labels {os.fsdecode(NO_UTF8.encode(errors='surrogateescape'))} {IN_A_NAME[:20]}.csv"
    lines = ["text,label", *(f'"text {number}","{_quoted(text)}"' for number, text in enumerate(NASTY)), '"cut']
    file.write_bytes("\n".join(lines).encode().replace(b"\x00", b""))
    return file


def _quoted(text: str) -> str:
    return text.replace('"', '""')


def _column(field: pa.Field) -> pa.Array:
    number = len(NASTY)
    if field.name in KNOWN:
        return pa.array([KNOWN[field.name]] * number, field.type)
    kind = field.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values: list[Any] = list(NASTY)
    elif pa.types.is_binary(kind):
        values = [f"{each}{HALF}".encode(errors="surrogatepass") for each in NASTY]
    elif pa.types.is_map(kind):
        is_of_bytes = pa.types.is_binary(kind.item_type)
        values = [[(each, each.encode() if is_of_bytes else 0.5) for each in NASTY]] * number
    elif pa.types.is_list(kind):
        # Of model health: as many as it looks at.
        values = [list(NASTY) if pa.types.is_string(kind.value_type) else [number] * 64] * number
    elif pa.types.is_integer(kind):
        values = [number * 3 if field.name in COUNTS_ALL else number] * number
        values = list(range(1, number + 1)) if field.name in {"tweet_id", "offset"} else values
    elif pa.types.is_floating(kind):
        values = [0.5] * number
    elif pa.types.is_timestamp(kind):
        values = [MOMENT] * number
    elif pa.types.is_date(kind):
        values = [date(2026, 1, 2)] * number
    else:
        values = [None] * number
    return pa.array(values, kind)


COUNTS_ALL = frozenset({"tweets"})
"""The sum of three others."""
