"""Cuts a collected batch where a slow scorer would take long for it, so that each piece can be a commit of its own."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa


def pieces(batch: pa.Table, rows_at_once: Callable[[], int | None]) -> Iterator[pa.Table]:
    """Cut a batch into pieces of which each begins, in every partition, where the one before ended.

    A piece takes the same share of what is left of each partition, so that time advances in all of them together, as in a smaller batch.

    Args:
        batch: rows with the columns partition and offset.
        rows_at_once: how many rows a piece may have, but for one more a partition, asked before each; None: any number.
    """
    most = rows_at_once()
    if most is None or batch.num_rows <= most:
        yield batch
        return
    rows = batch.sort_by([("partition", "ascending"), ("offset", "ascending")])
    borders = np.flatnonzero(np.diff(rows["partition"].to_numpy())) + 1
    starts, ends = np.array([0, *borders]), np.array([*borders, rows.num_rows])
    while left := int((ends - starts).sum()):
        share = 1.0 if most is None else min(1.0, most / left)
        counts = np.ceil((ends - starts) * share).astype(np.int64)
        yield pa.concat_tables(rows.slice(*each) for each in zip(starts.tolist(), counts.tolist(), strict=True))
        starts += counts
        most = rows_at_once()
