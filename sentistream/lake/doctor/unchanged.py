"""Checks that a table still is what `delta/tables` declares, whoever else commits to it."""

from deltalake import DeltaTable

from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.lake import Lake
from sentistream.lake.tables import Table

PROMISE = "declared features and columns"


def unchanged(lake: Lake, table: Table, handle: DeltaTable) -> Finding:
    """What another program changed so that nothing here can write to it any more, and the way back."""
    sentence = lake.changed(table, handle)
    if sentence is None:
        return Finding(PROMISE, str(table), Verdict.KEPT, f"{len(handle.schema().fields)} columns")
    return Finding(PROMISE, str(table), Verdict.BROKEN, sentence)
