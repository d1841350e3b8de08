"""Objects of an S3 store, read as streams; credentials, region and endpoint come from the AWS_… variables."""

import fnmatch
import io
import os
import re
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from sentistream.errors import UserError, said

SCHEME = "s3://"
READ_BYTES = 8 << 20
"""Of one request."""
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
WILD = frozenset("*?[")


@dataclass(frozen=True)
class Object:
    """One object."""

    store: S3Store
    bucket: str
    key: str
    size: int

    def open(self) -> BinaryIO:
        """A stream of its bytes."""
        try:
            return cast(BinaryIO, _Stream(obstore.open_reader(self.store, self.key, buffer_size=READ_BYTES)))
        except BaseError as refused:
            raise OSError(said(refused)) from refused


class _Stream(io.RawIOBase):
    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        try:
            read = bytes(self._reader.read(len(target)))
        except BaseError as refused:
            raise OSError(said(refused)) from refused
        target[: len(read)] = read
        return len(read)


def objects(location: str) -> list[tuple[str, Object]]:
    """What a location names: an object, all below a prefix that ends with `/`, or what a pattern matches; each with its name.

    Raises:
        UserError: there is none, or the store refuses.
    """
    bucket, _, path = location.removeprefix(SCHEME).partition("/")
    if BUCKET.fullmatch(bucket) is None:
        raise UserError(f"{location}: {bucket!r} can't be a bucket's name.", exit_code=2)
    pattern = path if WILD & set(path) else None
    prefix = path[: min(map(path.find, WILD & set(path)))] if pattern else path
    folder = prefix[: prefix.rfind("/") + 1]
    store = S3Store(bucket, client_options={"allow_http": os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")})
    try:
        listed = [each for batch in obstore.list(store, folder or None) for each in batch]
    except BaseError as refused:
        raise UserError(f"{location} can't be listed: {said(refused)}") from refused
    named = [
        Object(store, bucket, each["path"], each["size"]) for each in listed if _wanted(each["path"], path, pattern)
    ]
    if not named:
        raise UserError(f"{location}: there is no such object.", exit_code=2)
    whole = path.endswith("/") or not path
    return [
        (each.key.removeprefix(path) if whole else each.key.rpartition("/")[2], each)
        for each in sorted(named, key=lambda each: each.key)
    ]


def _wanted(key: str, path: str, pattern: str | None) -> bool:
    if pattern is not None:
        return fnmatch.fnmatchcase(key, pattern)
    return key == path or ((path.endswith("/") or not path) and key.startswith(path))
