"""Checks erasure: no table holds a row of a forgotten tweet."""

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.lake import tables
from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.erasure import raw
from sentistream.lake.erasure.forgotten import Forgotten, Mask
from sentistream.lake.erasure.redaction import marked
from sentistream.lake.erasure.requests import Requests
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.settings import DoctorSettings

PROMISE = "forgotten stays forgotten"
ROWS_AT_ONCE, RECORDS_AT_ONCE = 65_536, 512
NAMES = {
    tables.SCORED: ["tweet_id", "author_id", "created_at", "kafka_timestamp"],
    tables.REJECTED: ["tweet_id", "author_id", "key", "kafka_timestamp"],
    tables.RAW: ["key", "value", "kafka_timestamp"],
}


def forgotten(lake: Lake, settings: DoctorSettings) -> Iterator[Finding]:
    """Hash every id of the three tables and look for it among the requests; reads all of bronze."""
    try:
        asked = Requests(lake, settings).read()
    except UserError as no_key:
        yield Finding(PROMISE, "audit/forgotten", Verdict.SKIPPED, str(no_key))
        return
    if not asked:
        yield Finding(PROMISE, "audit/forgotten", Verdict.KEPT, "nothing was to be forgotten")
        return
    # Opened after the requests were read: what comes later is not held against them.
    for table, columns in NAMES.items():
        handle = lake.open(table)
        if handle is not None:
            yield _of_table(lake, table, handle, columns, asked)


def _of_table(lake: Lake, table: tables.Table, handle: DeltaTable, columns: list[str], asked: Forgotten) -> Finding:
    examined = remaining = 0
    is_raw = table is tables.RAW
    scanner = handle.to_pyarrow_dataset().scanner(
        columns=columns, batch_size=RECORDS_AT_ONCE if is_raw else ROWS_AT_ONCE, batch_readahead=1, fragment_readahead=1
    )
    look: Callable[[pa.RecordBatch, Forgotten], Mask] = marked if is_raw else _among
    for batch in scanner.to_batches():
        examined += batch.num_rows
        remaining += int(look(batch, asked).sum())
    words = f"{examined:,} rows, {remaining:,} of forgotten tweets; {asked.number:,} subjects"
    verdict = Verdict.BROKEN if remaining else Verdict.KEPT
    if is_raw and raw.applied(handle) < asked.number:
        verdict, words = Verdict.NOTED, f"{words}, some not applied yet (`stream_processor tables` does)"
    elif remaining and lake_lock.forgetter(lake) is not None:
        verdict, words = Verdict.NOTED, f"{words}; `lake forget` is at work"
    elif remaining:
        words += "; say `lake forget` again"
    return Finding(PROMISE, str(table), verdict, words)


def _among(batch: pa.RecordBatch, asked: Forgotten) -> Mask:
    rows = pa.Table.from_batches([batch])
    absent: Mapping[str, pa.DataType] = {"key": pa.binary(), "created_at": pa.timestamp("us", tz="UTC")}
    for name, kind in absent.items():
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
    return asked.among(rows)
