"""Places of files and tables, as settings give them: paths, `file://…` and `s3://…`."""

import re
from pathlib import Path
from urllib.parse import unquote

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):/", re.IGNORECASE)
OBJECT_STORE = re.compile(r"s3[an]?://(?=[^/])", re.IGNORECASE)
"""Hadoop writes `s3a://` for what every other program calls `s3://`."""
FILE_URL = re.compile(r"file:(//(?P<host>[^/]*))?", re.IGNORECASE)
AMBIGUOUS = re.compile(r"%[0-9a-f]{2}|[\[\]|^\\`\x00-\x1f\x7f]", re.IGNORECASE)
"""What delta-rs decodes once more, or panics at, and the back-tick, which ends a name of Spark's SQL."""


def local_path(written: str) -> str:
    """The absolute path of a folder or file of this machine, given as a path or `file://…`.

    Raises:
        ValueError: it has another scheme, or names another machine.
    """
    return _absolute(written, "a path on this machine, or file://…")


def place(written: str) -> str:
    """A folder's absolute path, or `s3://bucket/prefix`; neither ends with a slash.

    Raises:
        ValueError: it has another scheme, or names another machine.
    """
    if OBJECT_STORE.match(written):
        return OBJECT_STORE.sub("s3://", written).rstrip("/")
    return _absolute(written, "a folder (a path, or file://…), or s3://bucket/… (s3a:// is the same)")


def table_place(written: str) -> str:
    """A `place` that delta-rs and Spark call alike.

    Raises:
        ValueError: it has another scheme, names another machine, or has a character that one of them takes for something else.
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
    url = FILE_URL.match(written)
    if url is not None and (url["host"] or "").lower() not in ("", "localhost"):
        raise ValueError(f"{written!r} names another machine, {url['host']}: write file:///… for a folder of this one")
    return str(Path(written if url is None else unquote(written[url.end() :]) or "/").absolute())
