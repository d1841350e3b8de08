"""A version's files, with the edits that hostile versions are made by. Spark's own checksums go with what they were of."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.support import saved_pipelines
from tests.support.saved_pipelines import SavedStage

Row = dict[str, Any]
CLEAN, TOKENS, GRAMS, VOCABULARY, IDF, CLASSIFIER = range(6)
"""The stages of the tests' champion."""


@dataclass(frozen=True)
class Artefact:
    """The folder that MLflow stored for a version."""

    folder: Path

    @property
    def pipeline(self) -> Path:
        """The saved `PipelineModel`."""
        return self.folder / "sparkml"

    def stage(self, number: int) -> Path:
        """The folder of a stage."""
        [found] = (self.pipeline / "stages").glob(f"{number}_*")
        return found

    def metadata(self, stage: int | None = None) -> Path:
        """The file with a stage's metadata, or with the pipeline's own."""
        [found] = ((self.pipeline if stage is None else self.stage(stage)) / "metadata").glob("part-*")
        return found

    def data(self, stage: int) -> Path:
        """The file with a stage's one row of data."""
        [found] = (self.stage(stage) / "data").glob("part-*")
        return found

    def edit_metadata(self, stage: int | None, edit: Callable[[Row], object]) -> None:
        """Change a stage's metadata in place."""
        file = self.metadata(stage)
        metadata = json.loads(file.read_text())
        edit(metadata)
        write(file, json.dumps(metadata).encode())

    def edit_row(self, stage: int, edit: Callable[[Row], object]) -> None:
        """Change a stage's one row of data in place; its columns stay."""
        file = self.data(stage)
        table = pq.read_table(file)
        [row] = table.to_pylist()
        edit(row)
        without_checksum(file)
        pq.write_table(pa.Table.from_pylist([row], schema=table.schema), file)

    def state(self, statement: str) -> None:
        """Have the first stage run a statement of SQL before what it does."""
        self.edit_metadata(CLEAN, lambda metadata: metadata["paramMap"].update(statement=statement))

    def replace_stage(self, number: int, stage: SavedStage) -> None:
        """Put another stage in a stage's place, or behind the last one."""
        uid = f"{stage.kind}_{number}"
        stages = self.pipeline / "stages"
        for before in stages.glob(f"{number}_*"):
            shutil.rmtree(before)
        # Written by whoever writes whole pipelines, and moved to its place.
        [made] = (saved_pipelines.write(self.folder / "made", [stage]) / "stages").iterdir()
        made.rename(stages / f"{number}_{uid}")
        shutil.rmtree(self.folder / "made")

        def name(metadata: Row) -> None:
            uids = metadata["paramMap"]["stageUids"]
            metadata["paramMap"]["stageUids"] = [*uids[:number], uid, *uids[number + 1 :]]

        self.edit_metadata(None, name)

    def wrap(self) -> None:
        """Make the pipeline the only stage of another one."""
        # Short, or a path would be too long before the pipelines are many.
        inner, uid = self.folder / "inner", "p"
        self.pipeline.rename(inner)
        said = {"class": "org.apache.spark.ml.PipelineModel", "timestamp": 1, "sparkVersion": "4.2.0", "uid": uid}
        said |= {"paramMap": {"stageUids": [uid]}, "defaultParamMap": {}}
        write(self.pipeline / "metadata" / "part-00000-c000.txt", json.dumps(said).encode())
        (self.pipeline / "stages").mkdir()
        inner.rename(self.pipeline / "stages" / f"0_{uid}")


def write(file: Path, content: bytes) -> None:
    """Write a file of an artefact in place of what was there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    without_checksum(file)
    file.write_bytes(content)


def without_checksum(file: Path) -> None:
    """Delete what Spark would know a changed file by."""
    file.with_name(f".{file.name}.crc").unlink(missing_ok=True)
