"""What a question may take of a machine, and the settings that say so."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from sentistream.errors import UserError
from sentistream.settings import LakeSettings

SIZE = r"(?i)^([1-9]\d{6,12}|[1-9]\d{3,9}k|([1-9]\d{0,6}(\.\d{1,3})?)m|(0\.\d{0,2}[1-9]|[1-9]\d{0,3}(\.\d{1,3})?)g)b?$"
"""What Docker takes, from a megabyte on."""
KIB = {"k": 1, "m": 1 << 10, "g": 1 << 20}
OF_DUCKDB, OF_GROWTH = 0.6, 0.8
"""Shares of the memory: what DuckDB gives out itself, and what the process may grow by; the rest is what it had before."""
OF_BATCH = 0.25
"""Share of the memory that a batch of the answer's rows may have: writing it takes several times as much."""


@dataclass(frozen=True)
class Bounds:
    """What a question may take; the defaults are those of the settings."""

    memory_mib: int = 2048
    threads: int = 4
    seconds: float = 600.0
    rows: int | None = None
    """Of the answer; the rest is left out. None is all."""
    named: str = "QUERY"
    """How the settings begin that say so."""

    @property
    def duckdb_mib(self) -> int:
        """What DuckDB may give out."""
        return int(self.memory_mib * OF_DUCKDB)

    @property
    def growth_bytes(self) -> int:
        """What the process may grow by."""
        return int((self.memory_mib << 20) * OF_GROWTH)

    @property
    def batch_bytes(self) -> int:
        """What the answer's rows may have that are read at a time."""
        return int((self.memory_mib << 20) * OF_BATCH)

    def too_large(self) -> UserError:
        """What is said of a question that needs more memory."""
        return UserError(
            f"The query needs more memory than {self.named}_MEMORY ({self.memory_mib:,} MiB): ask for less at a time, or raise it.",
            2,
        )

    def too_long(self) -> UserError:
        """What is said of a question that takes more time."""
        return UserError(
            f"The query takes longer than {self.named}_SECONDS ({self.seconds:g} s): ask for less at a time, or raise it.",
            2,
        )


def mib(size: str) -> int:
    """A size as Docker takes it (`SIZE`) → MiB, at least one."""
    written = size.lower().removesuffix("b")
    kib = int(written) / 1024 if written.isdigit() else float(written[:-1]) * KIB[written[-1]]
    return max(1, int(kib / 1024))


class QuerySettings(LakeSettings):
    """What `lake query` reads."""

    query_memory: Annotated[str, Field(pattern=SIZE)] = "2g"
    """Memory of a question, its container's limit, too; a question that needs more is refused. DuckDB gives out 60 % of it."""
    query_threads: int = Field(4, ge=1, le=256)
    """Threads of a question, where the machine has as many cores."""
    query_seconds: float = Field(600, gt=0, le=86_400)
    """How long a question may take, until its answer is written; one that takes longer is refused. While a pipe or terminal takes no more, no time passes."""
    query_rows: int = Field(10_000, ge=1)
    """Rows of an answer that a terminal shows; where the rest is left out, that is said. A file or a pipe gets all."""

    def bounds(self, on_terminal: bool) -> Bounds:
        """The same for a question."""
        return Bounds(
            mib(self.query_memory), self.query_threads, self.query_seconds, self.query_rows if on_terminal else None
        )
