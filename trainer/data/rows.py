"""The labelled rows of files as they are, duplicates too: what a registered version is measured on."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from sentistream.contracts.labels import WITH_NEUTRAL, LabelMap
from sentistream.contracts.split import Part, part_of
from sentistream.errors import UserError
from sentistream.files.options import FileOptions
from trainer.data.labelled import Labelled, Tell


def read_all(
    paths: Iterable[Path],
    *parts: Part,
    options: FileOptions | None = None,
    skip_bad: bool = False,
    tell: Tell | None = None,
) -> pa.Table:
    """Every row of labelled files, or those of some parts.

    Returns:
        row bigint, text string, label double by the three-class map, part string by the project's split, file bigint: its place among `paths`.

    Raises:
        UserError: a file can't be read, rows are broken and not to be skipped, or there is none.
    """
    index = LabelMap(WITH_NEUTRAL).index
    labelled = Labelled(options, skip_bad, tell)
    rows = [
        (row.text, float(index(row.label)), str(part), file)
        for file, path in enumerate(paths)
        for row, _ in labelled.rows(path)
        if (part := part_of(row.text)) in (parts or Part)
    ]
    labelled.require_sound("evaluated")
    if not rows:
        raise UserError("The files hold no labelled rows" + (f" of the part {', '.join(parts)}." if parts else "."), 2)
    texts, labels, of_parts, files = zip(*rows, strict=True)
    return pa.table(
        {
            "row": np.arange(len(rows)),
            "text": pa.array(texts, pa.string()),
            "label": pa.array(labels, pa.float64()),
            "part": pa.array(of_parts, pa.string()),
            "file": pa.array(files, pa.int64()),
        }
    )


def sha256(path: Path) -> str:
    """The hash that names a data file in every published figure.

    Raises:
        UserError: there is no such file.
    """
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no file, and training reads its data more than once: give a file.", 2)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(
            f"{path}: there is no such file." if not path.exists() else f"{path}: {error.strerror}.", 2
        ) from error
