"""A `PipelineModel` as Spark saves it, read without Spark: each stage's class, parameters and data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow.parquet as pq

from sentistream.scoring.mllib.errors import CannotCompileError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """One stage of a saved pipeline."""

    kind: str
    """The last part of its class's name."""
    spark_version: str
    parameters: dict[str, Any]
    """Defaults, overridden by what was set."""
    folder: Path

    def data(self) -> dict[str, Any]:
        """The one row of a model's data."""
        rows = pq.read_table(self.folder / "data").to_pylist()
        if len(rows) != 1:
            raise CannotCompileError(f"{self.kind} holds {len(rows)} rows of data")
        return dict(rows[0])

    def strings(self, column: str) -> list[str]:
        """A column of one list of strings."""
        strings: list[str] = pq.read_table(self.folder / "data")[column].combine_chunks().flatten().to_pylist()
        return strings


def stages(pipeline: Path) -> list[Stage]:
    """The stages of a saved pipeline in their order, those of nested pipelines among them.

    Raises:
        CannotCompileError: the folder is not laid out as Spark does it.
    """
    try:
        uids = _metadata(pipeline)["paramMap"]["stageUids"]
        read: list[Stage] = []
        for number, uid in enumerate(uids):
            folder = pipeline / "stages" / f"{number:0{len(str(len(uids)))}d}_{uid}"
            metadata = _metadata(folder)
            package, _, kind = metadata["class"].rpartition(".")
            if not package.startswith(("org.apache.spark.ml", "pyspark.ml")):
                raise CannotCompileError(f"{metadata['class']} is none of MLlib's own stages")
            if kind == "PipelineModel":
                read += stages(folder)
                continue
            parameters = {**metadata["defaultParamMap"], **metadata["paramMap"]}
            read.append(Stage(kind, metadata["sparkVersion"], parameters, folder))
    except (OSError, KeyError, orjson.JSONDecodeError) as error:
        raise CannotCompileError(f"{pipeline} is not a saved pipeline: {error!r}") from error
    return read


def vector(stored: dict[str, Any]) -> Floats:
    """MLlib's vector, sparse (type 0) or dense (type 1) → float64[size]."""
    if stored["type"] == 1:
        return np.array(stored["values"], np.float64)
    dense = np.zeros(stored["size"])
    dense[np.array(stored["indices"], np.int64)] = stored["values"]
    return dense


def matrix(stored: dict[str, Any]) -> Floats:
    """MLlib's matrix, sparse (type 0, by compressed columns) or dense (type 1, by columns) → float64[rows, columns]."""
    rows, columns = stored["numRows"], stored["numCols"]
    if stored["isTransposed"]:
        rows, columns = columns, rows
    if stored["type"] == 1:
        dense = np.array(stored["values"], np.float64).reshape(columns, rows).T
    else:
        dense = np.zeros((rows, columns))
        ends = np.array(stored["colPtrs"], np.int64)
        lengths = ends[1:] - ends[:-1]
        dense[np.array(stored["rowIndices"], np.int64), np.repeat(np.arange(columns), lengths)] = stored["values"]
    return dense.T if stored["isTransposed"] else dense


def _metadata(folder: Path) -> dict[str, Any]:
    part = sorted((folder / "metadata").glob("part-*"))[0:1]
    if not part:
        raise FileNotFoundError(folder / "metadata")
    metadata: dict[str, Any] = orjson.loads(part[0].read_bytes())
    return metadata
