"""Checks a table's files: those that its log names are there, and orphans that nobody names."""

import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from pyarrow.fs import FileSelector, FileType, PyFileSystem

from sentistream.lake.doctor.finding import Finding, Verdict, judged
from sentistream.lake.tables import ORPHANS_KEPT_HOURS

THERE, ORPHANS, FEW = "files are there", "no orphan files", "few files"
MOST_FILES = 200
"""Of one partition; more make every commit and every reader slow."""
LATE_SECONDS = (ORPHANS_KEPT_HOURS + 2) * 3600.0
"""The hourly clean-up deletes them before that."""


def files(name: str, table: DeltaTable) -> Iterator[Finding]:
    """Compare what the log names with what lies in the table's folder."""
    adds = pa.table(table.get_add_actions(flatten=True))
    named = dict(zip(map(unquote, adds["path"].to_pylist()), adds["size_bytes"].to_pylist(), strict=True))
    folder = PyFileSystem(DeltaStorageHandler.from_table(table._table))
    every = folder.get_file_info(FileSelector("", recursive=True))
    there = {file.path: file for file in every if file.type == FileType.File and "_delta_log/" not in file.path}
    missing = [path for path in named if path not in there]
    torn = [path for path, size in named.items() if path in there and there[path].size != size]
    words = f"{len(named):,} files, {sum(named.values()):,} bytes"
    if missing or torn:
        words += f"; {len(missing):,} are missing, {len(torn):,} have another size: {(missing + torn)[0]}"
    yield judged(THERE, name, bool(missing or torn), words)
    long_ago = time.time() - LATE_SECONDS
    orphans = [file for path, file in there.items() if path not in named and file.mtime.timestamp() < long_ago]
    words = (
        f"{len(orphans):,} files, {sum(file.size for file in orphans):,} bytes, older than {LATE_SECONDS / 3600:.0f} h"
    )
    yield Finding(ORPHANS, name, Verdict.NOTED if orphans else Verdict.KEPT, words)
    of_partition = Counter(path.rpartition("/")[0] for path in named)
    partition, most = of_partition.most_common(1)[0] if of_partition else ("", 0)
    words = f"at most {most:,} in a partition{f' ({partition})' if partition else ''}"
    yield Finding(FEW, name, Verdict.NOTED if most > MOST_FILES else Verdict.KEPT, words)
