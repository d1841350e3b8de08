"""Which rows a registered version has seen: those that it was trained on or chosen by never count (docs/design.md, invariant 10)."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT


class Seen(StrEnum):
    """Whether a version was trained on a row, or chosen by it."""

    NEVER = "never"
    TRAINED = "trained"
    UNKNOWN = "unknown"


def seen(rows: pa.Table, version: ModelVersion, sha256: Sequence[str], *, said_unseen: bool = False) -> pa.Array:
    """Judge each row.

    Rows of the holdout were never seen by a version that kept to the project's split. All others of a file that is among its data were, or may have been.
    Of a file that is not among its data it can't be known, since a part of it may have been there under another name.

    Args:
        rows: columns part and file.
        version: what is measured.
        sha256: of each file, in the order of the column file.
        said_unseen: the user's word that the files share no row with what the version was trained on.
    """
    own = np.array([each in version.data_sha256 for each in sha256])[rows["file"].to_numpy()]
    held_out = pc.is_in(rows["part"], pa.array(list(map(str, HOLDOUT)))).to_numpy() & version.kept_the_holdout
    never = held_out | (said_unseen & ~own)
    return pa.array(np.where(never, Seen.NEVER, np.where(own, Seen.TRAINED, Seen.UNKNOWN)).tolist())
