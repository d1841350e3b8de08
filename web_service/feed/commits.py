"""A commit of silver as its log tells it: which files came and went, and whether rows changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import orjson
from pyarrow.fs import FileSystem

MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Added:
    """A file that came."""

    path: str
    """Within the table's folder."""
    latest_us: int | None
    """Of its Kafka times, microseconds since 1970; None where the log does not say."""


@dataclass(frozen=True)
class Commit:
    """One version."""

    version: int
    committed_us: int
    """When, by the clock of who committed, microseconds since 1970."""
    added: Sequence[Added]
    removed: Sequence[str]
    """Paths."""
    changes_rows: bool
    """False of a compaction."""
    is_of_stream: bool
    """Whether the stream appended it."""
    changes_table: bool
    """Whether columns, properties or protocol are others."""


def read(files: FileSystem, version: int) -> Commit | None:
    """A version's commit; None where it is not there, or no longer."""
    try:
        with files.open_input_stream(entry(version)) as stream:
            lines: list[dict[str, Any]] = [orjson.loads(line) for line in stream.read().splitlines() if line]
    except FileNotFoundError:
        return None
    said: dict[str, Any] = {}
    added, removed, changes_rows, changes_table = [], [], False, False
    for line in lines:
        [(kind, action)] = line.items()
        if kind == "commitInfo":
            said = action
        elif kind == "add":
            added.append(_added(action))
            changes_rows |= action.get("dataChange", True)
        elif kind == "remove":
            removed.append(unquote(action["path"]))
            changes_rows |= action.get("dataChange", True)
        else:
            changes_table |= kind in ("metaData", "protocol")
    metadata = said.get("userMetadata")
    is_of_stream = isinstance(metadata, str) and "batch" in orjson.loads(metadata) and not removed
    committed = int(said.get("timestamp", 0)) * 1_000
    return Commit(version, committed, added, removed, changes_rows, is_of_stream, changes_table)


def entry(version: int) -> str:
    """Where the log has a version."""
    return f"_delta_log/{version:020d}.json"


def _added(action: dict[str, Any]) -> Added:
    latest = orjson.loads(action.get("stats") or "{}").get("maxValues", {}).get("kafka_timestamp")
    return Added(unquote(action["path"]), None if latest is None else _microseconds(datetime.fromisoformat(latest)))


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * MICROSECONDS + moment.microsecond
