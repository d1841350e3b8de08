"""What a line of the stream is: a post, or a message from X about the stream; pure."""

import hashlib
from dataclasses import dataclass

import orjson

from producer.live.refusals import Problem, problems
from producer.record import Record, headers
from sentistream.files.written_ids import usable_id

X_EPOCH_MS = 1_288_834_974_657
"""Milliseconds since the Unix epoch at which X's ids begin."""


@dataclass(frozen=True, slots=True)
class Post:
    """A line that X bills; `post_id` is None where the line has no usable one, and goes on to be rejected with its bytes."""

    post_id: int | None
    record: Record


@dataclass(frozen=True, slots=True)
class Message:
    """A line without a post."""

    problems: tuple[Problem, ...]


def read(line: bytes) -> Post | Message:
    """Read one line, without its end."""
    try:
        payload = orjson.loads(line)
    except orjson.JSONDecodeError:
        return Post(None, record(line, None))
    data = payload.get("data") if isinstance(payload, dict) else None
    if isinstance(payload, dict) and data is None:
        return Message(problems(payload))
    post_id = _usable(data.get("id")) if isinstance(data, dict) else None
    return Post(post_id, record(line, post_id))


def record(line: bytes, post_id: int | None) -> Record:
    """The line's own bytes under the post's id; under 63 bits of their hash where there is none."""
    key = str(post_id or int.from_bytes(hashlib.sha256(line).digest()[:8], "big") >> 1 or 1).encode()
    return Record(key, line, headers("live", key))


def made_at(post_id: int) -> float:
    """When X made the id, and thereby the post: seconds since the epoch (https://docs.x.com/fundamentals/x-ids)."""
    return ((post_id >> 22) + X_EPOCH_MS) / 1000


def _usable(written: object) -> int | None:
    tweet_id = usable_id(written) if isinstance(written, str) else None
    return int(tweet_id) if tweet_id is not None else None
