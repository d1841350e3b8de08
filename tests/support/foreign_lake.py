"""A lake with texts that a terminal or a spreadsheet would obey."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED

FOREIGN = [
    "=HYPERLINK(1)",
    "@you hi",
    "-5 of 10",
    "\x1b[2Jgone\x07",
    'a "quote", and\na line',
    "\u202egnp.exe",
    "plain",
    "",
]
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 120_000, UTC)


def foreign_lake(folder: Path) -> Lake:
    """Scored and rejected rows with these texts, in a lake of the folder."""
    lake = Lake(str(folder))
    number = len(FOREIGN)
    rows = {
        "tweet_id": pa.array([2**62 + each for each in range(number)]),
        "text": pa.array(FOREIGN),
        "label": pa.array([None] * number, pa.string()),
        "p_positive": pa.array([0.1 * 3] * number),
        "scored_at": pa.array([MOMENT] * number, pa.timestamp("us", "UTC")),
        "rules": pa.array([["a", "b"]] * number),
        "ingest_date": pa.array([date(2026, 1, 2)] * number),
    }
    write_deltalake(lake.location(SCORED), pa.table(rows), partition_by=["ingest_date"])
    write_deltalake(lake.location(REJECTED), pa.table({"value": pa.array([b"not \xff JSON\\", b"=1+1"])}))
    return lake
