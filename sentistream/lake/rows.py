"""The identity of rows, and commits that remove rows and count them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Transaction

IDENTITY = ("tweet_id", "topic", "partition", "offset", "kafka_timestamp")
"""What tells a scored row from any other: a tweet may be there twice (late duplicates), an offset too (a topic that was re-created)."""
SAME_ROW = " AND ".join(f"t.{name} = s.{name}" for name in IDENTITY)
"""The condition of a merge of source `s` into the scored table `t`."""


def delete(table: DeltaTable, rows: pa.Table, properties: CommitProperties) -> None:
    """Delete rows of the scored table, given by their `IDENTITY`, in one commit.

    Raises:
        DeltaError: another commit came in between.
    """
    merger = table.merge(
        rows.select(IDENTITY),
        SAME_ROW,
        source_alias="s",
        target_alias="t",
        streamed_exec=False,
        commit_properties=properties,
    )
    merger.when_matched_delete().execute()


def removal(
    table: DeltaTable, total: str, why: str, counts: Mapping[str, int], also: Sequence[Transaction] = ()
) -> CommitProperties:
    """The properties of a commit that removes rows: it counts them on in the transaction `<topic>/<total>`, and says why.

    Args:
        table: where from.
        total: the name of the running number.
        why: what `userMetadata` calls the reason.
        counts: topic → how many rows.
        also: further transactions of the commit.
    """
    before = {topic: table.transaction_version(f"{topic}/{total}") or 0 for topic in counts}
    return CommitProperties(
        custom_metadata=said_of_removal(why, sum(counts.values())),
        app_transactions=[
            *(Transaction(f"{topic}/{total}", before[topic] + count) for topic, count in counts.items()),
            *also,
        ],
    )


def said_of_removal(why: str, rows: int) -> dict[str, str]:
    """What a commit that removes rows says of itself, as `custom_metadata`."""
    return {"userMetadata": orjson.dumps({"removed": {why: rows}}).decode()}


def coordinates(rows: pa.Table) -> Iterator[str]:
    """Predicates that name rows by topic, partition, offset and Kafka time; topic names hold no quote (Kafka allows [a-zA-Z0-9._-])."""
    for topic in pc.unique(rows["topic"]).to_pylist():
        within = rows.filter(pc.equal(rows["topic"], topic))
        for number in pc.unique(within["partition"]).to_pylist():
            of_partition = within.filter(pc.equal(within["partition"], number))
            offsets = ", ".join(map(str, of_partition["offset"].to_pylist()))
            # Of a topic that was re-created, an offset means another record at another time.
            times = pc.unique(of_partition["kafka_timestamp"]).cast(pa.timestamp("us", tz="UTC")).to_pylist()
            named = ", ".join(f"'{time.isoformat(timespec='microseconds')}'" for time in times)
            yield f"(topic = '{topic}' AND partition = {number} AND offset IN ({offsets}) AND kafka_timestamp IN ({named}))"


def shaped(rows: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Rows as the table's schema has them: its columns alone, in its order and types; nulls in those that somebody has added to it."""
    there = set(rows.schema.names)
    columns = [
        rows[field.name].cast(field.type) if field.name in there else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def portions(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Join tables to ones of at least so many rows, but for the last: what one commit takes."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(each.num_rows for each in held) >= rows:
            yield pa.concat_tables(held)
            held = []
    if held:
        yield pa.concat_tables(held)
