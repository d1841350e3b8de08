"""What the dead-letter table holds of a rejected record: its bytes, and its headers as a map."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.lake.erasure.forgotten import Forgotten
from sentistream.lake.erasure.redaction import REJECTED, redacted

HEADERS = pa.map_(pa.string(), pa.binary())


def dead_letters(rows: pa.Table, forgotten: Forgotten) -> pa.Table:
    """The rejected ones of a batch's rows, without the content of those that are forgotten."""
    rejected = rows.filter(pc.is_valid(rows["reason"]))
    at = rejected.schema.get_field_index("headers")
    rejected = rejected.set_column(at, "headers", _as_map(rejected["headers"]))
    # The table has no time of writing: there, all of a forgotten author is forgotten.
    timeless = _without(rejected, "created_at")
    which = forgotten.among(timeless) if forgotten else np.zeros(rejected.num_rows, np.bool_)
    return redacted(rejected, which, REJECTED)


def _without(rows: pa.Table, column: str) -> pa.Table:
    at = rows.schema.get_field_index(column)
    return rows.set_column(at, rows.schema.field(at), pa.nulls(rows.num_rows, rows.schema.field(at).type))


def _as_map(headers: pa.ChunkedArray) -> pa.Array:
    """Kafka allows a header twice; a map does not: the last one wins, as for JSON keys."""
    of_rows = [list({pair["key"]: pair["value"] for pair in pairs or ()}.items()) for pairs in headers.to_pylist()]
    return pa.array(of_rows, HEADERS)
