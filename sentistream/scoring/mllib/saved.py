"""A `PipelineModel` as Spark saves it, read without Spark and held to the layout that Spark writes: nothing beside it is read by anyone."""

import json
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sentistream.scoring.mllib import parquet
from sentistream.scoring.mllib.errors import NotUnderstoodError

PIPELINES = ("org.apache.spark.ml.PipelineModel", "pyspark.ml.pipeline.PipelineModel")
"""The second one where a stage of it was made in Python: a nested pipeline."""
UID = re.compile(r"\w{1,200}", re.ASCII)
MOST_STAGES = 64
DEEPEST = 2
"""Pipelines within pipelines, the outermost counted."""
LARGEST_METADATA = 32 << 20
"""Bytes; an `ElementwiseProduct` keeps its vector there, some 20 for each feature."""
SUCCESS = "_SUCCESS"


@dataclass(frozen=True)
class Stage:
    """One stage of a saved pipeline."""

    name: str
    """The class that Spark makes of it."""
    place: str
    """How a person is told of it, `stage 3 (IDFModel)`."""
    spark_version: str
    parameters: dict[str, Any]
    """Defaults, overridden by what was set."""
    more: dict[str, Any]
    """What the class keeps beside them in its metadata."""
    folder: Path

    @property
    def kind(self) -> str:
        """The last part of its class's name."""
        return self.name.rpartition(".")[2]

    @cached_property
    def data(self) -> dict[str, Any]:
        """The one row of a model's data; lists of numbers are arrays.

        Raises:
            NotUnderstoodError: it has another number of rows, or is out of bounds.
        """
        return parquet.one_row(part(self.folder / "data", ".parquet"))

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """A vectoriser's terms, all of them different.

        Raises:
            NotUnderstoodError: some are not, or they are out of bounds.
        """
        return parquet.terms(part(self.folder / "data", ".parquet"))


def stages(pipeline: Path) -> list[Stage]:
    """The stages of a saved pipeline in their order, those of nested pipelines among them.

    Raises:
        NotUnderstoodError: the folder is not laid out as Spark does it, or holds something beside that.
    """
    try:
        read = list(_within(pipeline, 1))
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotUnderstoodError(f"it is no saved pipeline: {error!r}") from error
    if len(read) > MOST_STAGES:
        raise NotUnderstoodError(f"it has {len(read)} stages, {MOST_STAGES} are taken")
    return read


def metadata_of(written: str) -> dict[str, Any]:
    """A stage's metadata, one JSON object without repeated names and without NaN: every reader reads the same from it.

    Raises:
        NotUnderstoodError: it is anything else.
    """
    try:
        read = json.loads(written, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotUnderstoodError(f"its metadata is no JSON object of one line: {error}") from error
    if not isinstance(read, dict):
        raise NotUnderstoodError("its metadata is no JSON object")
    return read


def part(folder: Path, ending: str) -> Path:
    """The one file that Spark wrote into a folder, where nothing else is that Spark would read.

    Raises:
        NotUnderstoodError: there are several, or something else.
    """
    found = [each for each in _listed(folder) if each.name != SUCCESS and not _is_checksum(each)]
    if len(found) != 1 or not found[0].name.startswith("part-") or not found[0].name.endswith(ending):
        names = ", ".join(sorted(each.name for each in found)[:3]) or "nothing"
        raise NotUnderstoodError(f"{_shown(folder)} holds {names} where one part-*{ending} belongs")
    if not stat.S_ISREG(found[0].lstat().st_mode):
        raise NotUnderstoodError(f"{_shown(folder)}/{found[0].name} is no regular file")
    return found[0]


def _within(pipeline: Path, depth: int) -> Iterator[Stage]:
    if depth > DEEPEST:
        raise NotUnderstoodError(f"pipelines within pipelines more than {DEEPEST} deep are not taken")
    metadata = _metadata(pipeline)
    if metadata["class"] not in PIPELINES:
        raise NotUnderstoodError(f"{metadata['class']} is no saved pipeline")
    given = metadata["paramMap"]
    uids = given["stageUids"]
    if given.keys() - {"stageUids", "language"} or given.get("language", "Python") != "Python" or not _are_uids(uids):
        raise NotUnderstoodError("its pipeline has other parameters than the names of at most 64 stages")
    _require_only(pipeline, ("metadata", "stages"))
    folders = [f"{number:0{len(str(len(uids)))}d}_{uid}" for number, uid in enumerate(uids)]
    _require_only(pipeline / "stages", folders)
    for number, name in enumerate(folders):
        folder = pipeline / "stages" / name
        read = _metadata(folder)
        if read["class"] in PIPELINES:
            yield from _within(folder, depth + 1)
            continue
        yield _stage(folder, f"stage {number} ({str(read['class']).rpartition('.')[2]})", read)


def _stage(folder: Path, place: str, metadata: dict[str, Any]) -> Stage:
    about = ("class", "timestamp", "sparkVersion", "uid", "paramMap", "defaultParamMap")
    parameters = {**metadata["defaultParamMap"], **metadata["paramMap"]}
    more = {name: value for name, value in metadata.items() if name not in about}
    return Stage(str(metadata["class"]), place, str(metadata["sparkVersion"]), parameters, more, folder)


def _are_uids(uids: Any) -> bool:
    if not isinstance(uids, list) or not 0 < len(uids) <= MOST_STAGES:
        return False
    return all(isinstance(uid, str) and UID.fullmatch(uid) for uid in uids)


def _metadata(folder: Path) -> dict[str, Any]:
    file = part(folder / "metadata", ".txt")
    if file.stat().st_size > LARGEST_METADATA:
        raise NotUnderstoodError(f"{_shown(folder)} has more than {LARGEST_METADATA >> 20} MiB of metadata")
    written = file.read_text("utf-8").removesuffix("\n")
    if "\n" in written or "\r" in written:
        # Spark reads the first line, and others the whole file.
        raise NotUnderstoodError(f"the metadata of {_shown(folder)} has more than one line")
    return metadata_of(written)


def _require_only(folder: Path, names: Sequence[str]) -> None:
    others = sorted({each.name for each in _listed(folder)} - set(names))
    if others:
        raise NotUnderstoodError(f"{_shown(folder)} holds {others[0]}, which is no part of it")
    for name in names:
        if not stat.S_ISDIR((folder / name).lstat().st_mode):
            raise NotUnderstoodError(f"{_shown(folder)}/{name} is no folder of its own")


def require_only(stage: Stage, names: Sequence[str]) -> None:
    """Hold what lies in a stage's folder against what its class writes.

    Raises:
        NotUnderstoodError: something else is there, or something is missing.
    """
    try:
        _require_only(stage.folder, names)
    except OSError as missing:
        raise NotUnderstoodError(f"{missing.strerror}: {_shown(stage.folder)}") from missing


def _listed(folder: Path) -> list[Path]:
    if not stat.S_ISDIR(folder.lstat().st_mode):
        raise NotUnderstoodError(f"{_shown(folder)} is no folder of its own")
    return list(folder.iterdir())


def _is_checksum(file: Path) -> bool:
    return file.name.startswith(".") and file.name.endswith(".crc")


def _shown(folder: Path) -> str:
    """The part of a path that tells where in the pipeline it is."""
    return "/".join(folder.parts[-2:])


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name is there twice")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}")
