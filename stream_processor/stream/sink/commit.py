"""Rows and the offsets they reach → one commit of a table, tried again after commits of others that leave our offsets alone."""

from collections.abc import Callable, Collection, Mapping

import orjson
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, write_deltalake

from sentistream.errors import UserError
from sentistream.lake.conflicts import OvertakenError, commit_again
from sentistream.lake.declared import contract
from sentistream.lake.lake import Lake
from sentistream.lake.tables import Table

NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
"""`upkeep` does both, off the batch's path."""
ATTEMPTS = 10
"""Each is lost to one commit that removed rows in the milliseconds that an append takes."""


def append(
    lake: Lake,
    name: Table,
    table: DeltaTable,
    rows: pa.Table,
    transactions: list[Transaction],
    metadata: Mapping[str, object],
    require_ours: Callable[[], None],
) -> None:
    """Append `rows` with the transactions that say how far they go.

    Args:
        lake: where the table is.
        name: which it is.
        table: it as it was last seen; afterwards as of this commit.
        rows: columns of the table.
        transactions: offsets and totals, committed with the rows.
        metadata: what the commit says of itself.
        require_ours: asked between two attempts, of the table as it is then; raises `OvertakenError` where another writer went on.

    Raises:
        UserError: another writer commits to the table.
    """
    properties = CommitProperties(
        custom_metadata={"userMetadata": orjson.dumps(metadata).decode()}, app_transactions=transactions
    )

    def commit() -> None:
        shaped = _shaped(rows, table, {field.name for field in contract.columns(name, contract.kept(table))})
        # delta-rs can't end a file in order that does not fit.
        lake.require_room(shaped.nbytes)
        write_deltalake(table, shaped, mode="append", commit_properties=properties, post_commithook_properties=NO_HOOKS)

    def refresh() -> None:
        lake.refresh(name, table)
        require_ours()

    try:
        # delta-rs refuses an append after a commit that removed rows (a rescoring, a deletion), though it has read none of them,
        # and after one that changed what the table is.
        commit_again(ATTEMPTS, refresh)(commit)
    except OvertakenError as conflict:
        raise UserError(
            f"Another writer committed to {table.table_uri} at the same time ({conflict}): run one processor a lake and topic. "
            "Nothing of this batch was written; a restart resumes where the table ends."
        ) from conflict


def another_writer(table: DeltaTable) -> UserError:
    """The refusal of a table that somebody else has gone on with."""
    return UserError(f"Another writer has committed to {table.table_uri}: run one processor a lake and topic.")


def _shaped(rows: pa.Table, table: DeltaTable, declared: Collection[str]) -> pa.Table:
    """The table's own columns, in its order and types; nulls in those that somebody has added to it, whatever they are called."""
    schema = pa.schema(table.schema().to_arrow())
    ours = set(declared).intersection(rows.column_names)
    columns = [
        rows[field.name].cast(field.type) if field.name in ours else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
