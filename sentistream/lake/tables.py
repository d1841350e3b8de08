"""The tables of the contract: which there are, who commits to them, and the SQL that says what they hold."""

from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Table:
    """A table of the contract: `layer/name` below LAKE_URI."""

    layer: str
    name: str

    def __str__(self) -> str:
        return f"{self.layer}/{self.name}"


SCORED = Table("silver", "scored_tweets")
REJECTED = Table("bronze", "rejected_tweets")
RAW = Table("bronze", "raw_tweets")
PER_MINUTE = Table("gold", "sentiment_per_minute")
RETIRED = Table("gold", "retired_per_minute")
CHANGED_DAYS = Table("silver", "changed_days")
TABLES = (REJECTED, SCORED)
"""Those of the stream: delta-rs alone commits to them."""
MODEL_HEALTH = Table("gold", "model_health")
MODEL_PROFILES = Table("gold", "model_profiles")
KEPT_BESIDE = (RAW, PER_MINUTE, MODEL_HEALTH)
"""Those that `stream_processor tables` keeps: by delta-rs as the others, and under a lock of its own."""
FORGOTTEN = Table("audit", "forgotten")
REMOVALS = Table("audit", "removals")
AUDIT = (FORGOTTEN, REMOVALS)
"""Those that `lake forget` begins: delta-rs alone commits to them."""
EVERY = (RAW, REJECTED, SCORED, CHANGED_DAYS, PER_MINUTE, RETIRED, MODEL_HEALTH, MODEL_PROFILES, *AUDIT)
"""`CHANGED_DAYS` is there only where rows of silver were rescored or removed, `RETIRED` only where `SILVER_KEPT_DAYS` has dropped something, `MODEL_PROFILES` only where a version with a
profile has scored: delta-rs alone commits to them."""
FILES_KEPT_HOURS = 2
"""How long removed files stay for readers of older versions: `delta.deletedFileRetentionDuration` of each table's SQL."""
ORPHANS_KEPT_HOURS = 24
"""How long a file stays that no log entry names: a writer that was suspended may commit it yet."""


def sql_folder() -> Path:
    """The `delta/` folder of an installed wheel, or of the checkout."""
    packaged = PACKAGE / "delta"
    return packaged if packaged.exists() else PACKAGE.parent / "delta"


def table_sql(table: Table) -> str:
    """The statement that creates a table, for any place: its contract."""
    return (sql_folder() / "tables" / f"{table.name}.sql").read_text(encoding="utf-8")


def migration_sql(table: Table, version: int) -> str:
    """The statements that bring a table from the version before of its contract to this one."""
    return (sql_folder() / "migrations" / table.name / f"{version}.sql").read_text(encoding="utf-8")
