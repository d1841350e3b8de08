"""Checks a table's contract version against the program's."""

from deltalake import DeltaTable

from sentistream.lake.declared import contract
from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.tables import Table

PROMISE = "contract version"


def version(name: str, table: Table, handle: DeltaTable) -> Finding:
    """An older table is migrated by the next start of what commits to it; of a newer one nothing here can be sure."""
    kept, known = contract.kept(handle), contract.known(table)
    if kept > known:
        words = f"version {kept}, of which this program, which knows {known}, can't say whether it is kept"
        return Finding(PROMISE, name, Verdict.BROKEN, words)
    if kept < known:
        words = f"version {kept}; the next start of its writer migrates it to {known}"
        return Finding(PROMISE, name, Verdict.NOTED, words)
    return Finding(PROMISE, name, Verdict.KEPT, f"version {kept}")
