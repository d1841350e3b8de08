"""Whether a table keeps the version of the contract that this program knows."""

from deltalake import DeltaTable

from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.schema import migrate
from sentistream.lake.tables import Table

PROMISE = "contract version"


def version(name: str, table: Table, opened: DeltaTable) -> Finding:
    """An older table is migrated by the next start of what commits to it; of a newer one nothing here can be sure."""
    found, known = migrate.found(opened), migrate.known(table)
    if found > known:
        words = f"version {found}, of which this program, which knows {known}, can't say whether it is kept"
        return Finding(PROMISE, name, Verdict.BROKEN, words)
    if found < known:
        words = f"version {found}; the next start of its writer migrates it to {known}"
        return Finding(PROMISE, name, Verdict.NOTED, words)
    return Finding(PROMISE, name, Verdict.KEPT, f"version {found}")
