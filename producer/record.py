"""What is published: one Kafka record with the contract's key, value and headers."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import orjson

from sentistream.labelled_files import LabelledTweet
from sentistream.topic_contract import LABEL_HEADER, POSITION_HEADER, SCHEMA, SCHEMA_HEADER, SOURCE_HEADER
from sentistream.written_dates import instant

MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Record:
    """A record ready for Kafka."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def from_labelled(path: Path, tweet: LabelledTweet) -> Record:
    """A replayed row as the v2 filtered-stream object, with its label as a header."""
    tweet_id = _usable_id(tweet.tweet_id) or row_id(path.name, tweet.line, tweet.text)
    data: dict[str, object] = {"id": tweet_id, "text": tweet.text}
    created_at = iso_time(tweet.created_at)
    if created_at is not None:
        data["created_at"] = created_at
    headers = (
        (SCHEMA_HEADER, SCHEMA.encode()),
        (SOURCE_HEADER, b"replay"),
        (POSITION_HEADER, f"{path.name}:{tweet.line}".encode()),
        (LABEL_HEADER, tweet.label.encode()),
    )
    return Record(tweet_id.encode(), orjson.dumps({"data": data}), headers)


def row_id(file: str, line: int, text: str) -> str:
    """A 63-bit id for a row without one, the same whenever the same file is replayed."""
    digest = hashlib.sha256(f"{file}\0{line}\0{text}".encode("utf-8", "surrogatepass")).digest()
    return str(int.from_bytes(digest[:8], "big") >> 1 or 1)


def iso_time(written: str | None) -> str | None:
    """A file's date as X writes it; None where it is absent or in an unknown form."""
    moment = instant(written)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z") if moment else None


def _usable_id(written: str | None) -> str | None:
    if written is None or not (written.isascii() and written.isdigit()):
        return None
    return str(int(written)) if len(written) <= 19 and 0 < int(written) <= MAX_ID else None
