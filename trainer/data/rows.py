"""The labelled rows of files as they are, duplicates too: what a registered version is measured on."""

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sentistream.contracts.labels import WITH_NEUTRAL, LabelMap
from sentistream.contracts.split import Part, part_of
from sentistream.errors import UserError, full_stop
from sentistream.files.content.inputs import Input
from sentistream.files.options import FileOptions
from trainer.data.labelled import Labelled, Tell

CHUNK_BYTES = 1 << 20


def read_all(
    inputs: Iterable[Input],
    *parts: Part,
    options: FileOptions | None = None,
    skip_bad: bool = False,
    tell: Tell | None = None,
) -> pa.Table:
    """Every row of labelled files, or those of some parts.

    Returns:
        row bigint, text string, label double by the three-class map, part string by the project's split, file bigint: its place among `inputs`.

    Raises:
        UserError: a file can't be read, rows are broken and not to be skipped, or there is none.
    """
    index = LabelMap(WITH_NEUTRAL).index
    labelled = Labelled(options, skip_bad, tell)
    rows = [
        (row.text, float(index(row.label)), str(part), file)
        for file, each in enumerate(inputs)
        for row, _ in labelled.rows(each)
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


def sha256(each: Input) -> str:
    """The hash that names a data file in every published figure.

    Raises:
        UserError: it can't be read.
    """
    digest = hashlib.sha256()
    try:
        with each.open() as raw:
            while chunk := raw.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as failure:
        raise UserError(full_stop(f"{each.shown} can't be read: {failure.strerror or failure}")) from failure
    return digest.hexdigest()
