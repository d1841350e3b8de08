"""All application transactions of a table, read from its log: delta-rs tells the version of an id that one knows, not which ids there are."""

import re

import orjson
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileSelector, PyFileSystem

CHECKPOINT = re.compile(r"(\d{20})\.checkpoint\.parquet")


def of(table: DeltaTable) -> dict[str, int]:
    """Application id → version, as of the table's version.

    Raises:
        FileNotFoundError: the log was cleaned up meanwhile; open the table again.
    """
    files = PyFileSystem(DeltaStorageHandler.from_table(table._table))
    names = [file.base_name for file in files.get_file_info(FileSelector("_delta_log"))]
    checkpoints = [int(entry[1]) for name in names if (entry := CHECKPOINT.fullmatch(name)) is not None]
    checkpoint = max((version for version in checkpoints if version <= table.version()), default=-1)
    versions: dict[str, int] = {}
    if checkpoint >= 0:
        held = pq.read_table(f"_delta_log/{checkpoint:020d}.checkpoint.parquet", columns=["txn"], filesystem=files)[
            "txn"
        ]
        versions = {each["appId"]: each["version"] for each in held.to_pylist() if each is not None}
    for version in range(checkpoint + 1, table.version() + 1):
        with files.open_input_stream(f"_delta_log/{version:020d}.json") as entry:
            actions = [orjson.loads(line) for line in entry.read().splitlines() if line]
        versions |= {txn["appId"]: txn["version"] for action in actions if (txn := action.get("txn")) is not None}
    return versions
