"""MLlib's vectors and matrices as they are stored → arrays: finite, within bounds, and as large as they say."""

from typing import Any

import numpy as np
import numpy.typing as npt

from sentistream.scoring.mllib.errors import NotUnderstoodError

Floats = npt.NDArray[np.float64]
MOST_FEATURES = 1 << 20
"""Entries of a feature vector."""
MOST_CLASSES = 16


def vector(stored: dict[str, Any], field: str = "a vector") -> Floats:
    """MLlib's vector, sparse (type 0) or dense (type 1) → float64[size].

    Raises:
        NotUnderstoodError: it is not finite, out of bounds or not as large as it says; names the field.
    """
    if stored is None or stored.get("type") not in (0, 1):
        raise NotUnderstoodError(f"{field} is neither a dense nor a sparse vector")
    values = _finite(stored["values"], field)
    if stored["type"] == 1:
        if not 0 < len(values) <= MOST_FEATURES:
            raise NotUnderstoodError(f"{field} has {len(values):,} entries, from 1 to {MOST_FEATURES:,} are taken")
        return values
    size = _size(stored["size"], MOST_FEATURES, field)
    dense = np.zeros(size)
    dense[_places(stored["indices"], len(values), size, field)] = values
    return dense


def matrix(stored: dict[str, Any], field: str = "a matrix") -> Floats:
    """MLlib's matrix, sparse (type 0, by compressed columns) or dense (type 1, by columns) → float64[rows, columns].

    Raises:
        NotUnderstoodError: it is not finite, out of bounds or not as large as it says; names the field.
    """
    if stored is None or stored.get("type") not in (0, 1):
        raise NotUnderstoodError(f"{field} is neither a dense nor a sparse matrix")
    rows = _size(stored["numRows"], MOST_CLASSES, field)
    columns = _size(stored["numCols"], MOST_FEATURES, field)
    values = _finite(stored["values"], field)
    if stored["isTransposed"]:
        rows, columns = columns, rows
    if stored["type"] == 1:
        if len(values) != rows * columns:
            raise NotUnderstoodError(f"{field} has {len(values):,} entries, not {rows:,} × {columns:,}")
        dense = values.reshape(columns, rows).T
    else:
        ends = _whole(stored["colPtrs"], field)
        lengths = np.diff(ends)
        if len(ends) != columns + 1 or ends[0] or ends[-1] != len(values) or (lengths < 0).any():
            raise NotUnderstoodError(f"the columns of {field} don't hold its {len(values):,} entries")
        places = _whole(stored["rowIndices"], field)
        if len(places) != len(values) or (places < 0).any() or (places >= rows).any():
            raise NotUnderstoodError(f"{field} has entries outside of its {rows:,} rows")
        dense = np.zeros((rows, columns))
        dense[places, np.repeat(np.arange(columns), lengths)] = values
    return dense.T if stored["isTransposed"] else dense


def indices(stored: Any, field: str) -> npt.NDArray[np.int64]:
    """Places within a feature vector.

    Raises:
        NotUnderstoodError: they don't ascend, or are out of bounds.
    """
    places = _whole(stored, field)
    return _places(places, len(places), MOST_FEATURES, field)


def require_finite(value: Any, field: str) -> float:
    """One number.

    Raises:
        NotUnderstoodError: it is NaN, infinite or none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotUnderstoodError(f"{field} is no number")
    return float(_finite(np.array([value]), field)[0])


def _finite(values: Any, field: str) -> Floats:
    if values is None:
        raise NotUnderstoodError(f"{field} holds no numbers")
    read = np.asarray(values)
    if read.dtype.kind not in "iuf" or read.ndim != 1:
        raise NotUnderstoodError(f"{field} holds something else than numbers")
    if not np.isfinite(read).all():
        wrong = int(np.flatnonzero(~np.isfinite(read))[0])
        raise NotUnderstoodError(f"{field} is {read[wrong]} at {wrong}, and has to be finite")
    return np.asarray(read, np.float64)


def _whole(values: Any, field: str) -> npt.NDArray[np.int64]:
    read = np.asarray([] if values is None else values)
    if read.ndim != 1 or (len(read) and read.dtype.kind not in "iu"):
        raise NotUnderstoodError(f"{field} holds something else than whole numbers")
    return read.astype(np.int64)


def _size(stored: Any, most: int, field: str) -> int:
    if isinstance(stored, bool) or not isinstance(stored, int) or not 0 < stored <= most:
        raise NotUnderstoodError(f"{field} says that it has {stored} entries, from 1 to {most:,} are taken")
    return stored


def _places(stored: Any, number: int, size: int, field: str) -> npt.NDArray[np.int64]:
    places = _whole(stored, field)
    ascending = len(places) == number and (np.diff(places) > 0).all()
    if not ascending or (number and (places[0] < 0 or places[-1] >= size)):
        raise NotUnderstoodError(f"{field} has entries that don't ascend, or lie outside of its {size:,}")
    return places
