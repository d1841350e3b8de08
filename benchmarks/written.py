"""What a contender has written, commit by commit: when it could be read, and how many rows."""

import time
from pathlib import Path
from typing import Protocol

import orjson

Commits = list[tuple[float, int]]
"""Seconds since 1970, and rows; in the order of time."""


class Written(Protocol):
    """Where rows are written to."""

    def commits(self) -> Commits:
        """Those so far."""
        ...


class DeltaCommits:
    """The commits of a Delta table that added rows."""

    def __init__(self, table: Path) -> None:
        self._log = table / "_delta_log"

    def commits(self) -> Commits:
        """By the times at which the log's files appeared."""
        found = []
        for file in sorted(self._log.glob("*.json")) if self._log.exists() else []:
            adds = [orjson.loads(line).get("add") for line in file.read_bytes().splitlines()]
            rows = sum(orjson.loads(add["stats"])["numRecords"] for add in adds if add and add["dataChange"])
            if rows:
                found.append((file.stat().st_mtime, rows))
        return found


class GrowingLines:
    """A file of lines that grows; what two looks find between them counts as one commit."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self._looks: Commits = []

    def commits(self) -> Commits:
        """Those of all looks, one more among them."""
        if self._file.exists():
            with self._file.open("rb") as lines:
                lines.seek(self._read)
                added = lines.read()
            self._read += len(added)
            if rows := added.count(b"\n"):
                self._looks.append((time.time(), rows))
        return self._looks


def rate(commits: Commits) -> float:
    """Rows a second: those after the first commit, by the time between the first and the last."""
    return sum(rows for _, rows in commits[1:]) / (commits[-1][0] - commits[0][0]) if len(commits) > 1 else 0.0
