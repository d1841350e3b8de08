"""Whether what was forgotten stays forgotten, in every table that ever held it."""

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
from deltalake import DeltaTable

from sentistream import lake, lake_lock
from sentistream.doctor.finding import Finding, Verdict
from sentistream.errors import UserError
from sentistream.forgetting import raw
from sentistream.forgetting.forgotten import Forgotten, Mask
from sentistream.forgetting.redaction import marked
from sentistream.forgetting.requests import Requests
from sentistream.settings import DoctorSettings

PROMISE = "forgotten stays forgotten"
ROWS_AT_ONCE, RECORDS_AT_ONCE = 65_536, 512
NAMES = {
    lake.SCORED: ["tweet_id", "author_id", "created_at", "kafka_timestamp"],
    lake.REJECTED: ["tweet_id", "author_id", "key", "kafka_timestamp"],
    lake.RAW: ["key", "value", "kafka_timestamp"],
}


def forgotten(settings: DoctorSettings) -> Iterator[Finding]:
    """Hash every id of the three tables and look for it among the requests; reads all of bronze."""
    try:
        asked = Requests(settings.lake_uri, settings).read()
    except UserError as no_key:
        yield Finding(PROMISE, "audit/forgotten", Verdict.SKIPPED, str(no_key))
        return
    if not asked:
        yield Finding(PROMISE, "audit/forgotten", Verdict.KEPT, "nothing was to be forgotten")
        return
    # Opened after the requests were read: what comes later is not held against them.
    for table, columns in NAMES.items():
        opened = lake.open_table(settings.lake_uri, table)
        if opened is not None:
            yield _of_table(settings.lake_uri, table, opened, columns, asked)


def _of_table(lake_uri: str, table: lake.Table, opened: DeltaTable, columns: list[str], asked: Forgotten) -> Finding:
    examined = found = 0
    is_raw = table is lake.RAW
    scanner = opened.to_pyarrow_dataset().scanner(
        columns=columns, batch_size=RECORDS_AT_ONCE if is_raw else ROWS_AT_ONCE, batch_readahead=1, fragment_readahead=1
    )
    look: Callable[[pa.RecordBatch, Forgotten], Mask] = marked if is_raw else _among
    for batch in scanner.to_batches():
        examined += batch.num_rows
        found += int(look(batch, asked).sum())
    words = f"{examined:,} rows, {found:,} of forgotten tweets; {asked.number:,} subjects"
    verdict = Verdict.BROKEN if found else Verdict.KEPT
    if is_raw and raw.applied(opened) < asked.number:
        verdict, words = Verdict.NOTED, f"{words}, some not applied yet (`stream_processor tables` does)"
    elif found and lake_lock.forgetter(lake_uri) is not None:
        verdict, words = Verdict.NOTED, f"{words}; `lake forget` is at work"
    elif found:
        words += "; say `lake forget` again"
    return Finding(PROMISE, f"{table.layer}/{table.name}", verdict, words)


def _among(batch: pa.RecordBatch, asked: Forgotten) -> Mask:
    rows = pa.Table.from_batches([batch])
    absent: Mapping[str, pa.DataType] = {"key": pa.binary(), "created_at": pa.timestamp("us", tz="UTC")}
    for name, kind in absent.items():
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.nulls(rows.num_rows, kind))
    return asked.among(rows)
