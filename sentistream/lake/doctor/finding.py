"""The result of one data-quality check."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, QueryBuilder


class Verdict(StrEnum):
    """`noted` is no broken promise, and worth a look; `skipped` could not be examined."""

    KEPT = "kept"
    NOTED = "noted"
    SKIPPED = "skipped"
    BROKEN = "broken"


@dataclass(frozen=True)
class Finding:
    """A promise, what it was examined on, and what was found."""

    promise: str
    subject: str
    verdict: Verdict
    found: str


def judged(promise: str, subject: str, broken: bool, words: str) -> Finding:
    """A promise that is kept or broken."""
    return Finding(promise, subject, Verdict.BROKEN if broken else Verdict.KEPT, words)


def any_broken(findings: Iterable[Finding]) -> bool:
    """True when a promise is broken."""
    return any(finding.verdict is Verdict.BROKEN for finding in findings)


def rows(sql: str, **tables: DeltaTable) -> list[dict[str, Any]]:
    """Answer a question with delta-rs's own engine, in batches; the tables are called by the names they are given."""
    engine = QueryBuilder()
    for name, table in tables.items():
        engine.register(name, table)
    answer: list[dict[str, Any]] = pa.table(engine.execute(sql).read_all()).to_pylist()
    return answer
