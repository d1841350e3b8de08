"""Places of files and tables, as settings give them: paths, `file://…` and `s3://…`."""

import re
from pathlib import Path
from urllib.parse import unquote

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/", re.IGNORECASE)
OBJECT_STORE = re.compile(r"s3[an]?://(?=[^/])", re.IGNORECASE)
"""Hadoop writes `s3a://` for what every other program calls `s3://`."""
AMBIGUOUS = re.compile(r"%[0-9a-f]{2}|[\[\]|^\\`\x00-\x1f\x7f]", re.IGNORECASE)
"""What delta-rs decodes once more, or panics at, and the back-tick, which ends a name of Spark's SQL."""


def local_path(written: str) -> str:
    """The absolute path of a folder or file of this machine, given as a path or `file://…`.

    Raises:
        ValueError: it has another scheme.
    """
    return _absolute(written, "a path on this machine, or file://…")


def place(written: str) -> str:
    """A folder's absolute path, or `s3://bucket/prefix`; neither ends with a slash.

    Raises:
        ValueError: it has another scheme.
    """
    if OBJECT_STORE.match(written):
        return OBJECT_STORE.sub("s3://", written).rstrip("/")
    return _absolute(written, "a folder (a path, or file://…), or s3://bucket/… (s3a:// is the same)")


def table_place(written: str) -> str:
    """A `place` that delta-rs and Spark call alike.

    Raises:
        ValueError: it has another scheme, or a character that one of them takes for something else.
    """
    location = place(written)
    strange = AMBIGUOUS.search(location)
    if strange is not None:
        raise ValueError(
            f"{location!r} holds {strange[0]!r}, for which delta-rs or Spark would take another folder: choose one without"
        )
    return location


def _absolute(written: str, taken: str) -> str:
    scheme = SCHEME.match(written)
    if scheme is not None and scheme[1].lower() != "file":
        raise ValueError(f"{scheme[1]}:// is not taken here: give {taken}")
    url = re.match(r"file:(//)?", written, re.IGNORECASE)
    return str(Path(written if url is None else unquote(written[url.end() :]) or "/").absolute())
