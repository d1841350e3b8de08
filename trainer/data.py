"""Labelled files → DataFrames for training, with an account of what was dropped and why."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from sentistream import labelled_files
from sentistream.errors import UserError
from sentistream.labelled_files import BrokenRow
from sentistream.labels import NEUTRAL, POLAR, WITH_NEUTRAL, LabelMap
from trainer.split import Part, normalised, part_of

SCHEMA = pa.schema([("text", pa.string()), ("label", pa.float64()), ("part", pa.string())])


@dataclass
class Audit:
    """What was read and what was left out."""

    files: dict[str, str] = field(default_factory=dict)
    """File → sha256 of its bytes."""
    rows: int = 0
    duplicates: int = 0
    contradictory: int = 0
    kept: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """For the registry and the report."""
        return asdict(self)


@dataclass(frozen=True)
class Dataset:
    """Unique labelled texts, each with its part of the split."""

    rows: pa.Table
    labels: LabelMap
    audit: Audit

    def part(self, spark: SparkSession, *parts: Part) -> DataFrame:
        """The rows of some parts: text string, label double."""
        wanted = self.rows.filter(pc.is_in(self.rows["part"], pa.array([str(part) for part in parts])))
        return spark.createDataFrame(wanted.select(["text", "label"]))


def load(paths: Iterable[Path]) -> Dataset:
    """Read labelled files into one data set, without duplicates and contradictory labels.

    A third class is there exactly when the files have neutral rows. Texts that are equal after normalisation are one;
    where their labels differ, all are dropped.

    Raises:
        UserError: a row is broken (names file and line), or there are fewer than two classes.
    """
    audit = Audit()
    kept: dict[str, tuple[str, str]] = {}
    contradicted: set[str] = set()
    for path in paths:
        for row in labelled_files.read(path):
            if isinstance(row, BrokenRow):
                raise UserError(f"{row}. Nothing was trained; mend or remove the line.", exit_code=2)
            audit.rows += 1
            key = normalised(row.text) or row.text
            if key in contradicted:
                audit.contradictory += 1
            elif key not in kept:
                kept[key] = (row.text, row.label)
            elif kept[key][1] == row.label:
                audit.duplicates += 1
            else:
                audit.contradictory += 2
                del kept[key]
                contradicted.add(key)
        audit.files[str(path)] = sha256(path)
    counts = Counter(label for _, label in kept.values())
    labels = LabelMap(WITH_NEUTRAL if counts[NEUTRAL] else POLAR)
    for name in POLAR:
        if not counts[name]:
            raise UserError(
                f"{', '.join(audit.files)}: no {name} rows; a model needs both negative and positive ones.",
                exit_code=2,
            )
    parts = [part_of(text) for text, _ in kept.values()]
    audit.kept, audit.labels, audit.parts = len(kept), dict(counts), dict(Counter(map(str, parts)))
    columns = [
        pa.array([text for text, _ in kept.values()], pa.string()),
        pa.array([float(labels.index(label)) for _, label in kept.values()], pa.float64()),
        pa.array(list(map(str, parts)), pa.string()),
    ]
    return Dataset(pa.table(columns, schema=SCHEMA), labels, audit)


def require_trainable(data: Dataset) -> None:
    """Check that there is something to train on and to measure with.

    Raises:
        UserError: a part of the split is empty, or the training rows lack a class.
    """
    present = data.rows.group_by(["part", "label"]).aggregate([])
    classes = Counter(present["part"].to_pylist())
    if classes[str(Part.TRAIN)] < len(data.labels.names) or len(classes) < len(Part):
        raise UserError(
            f"{data.rows.num_rows} distinct tweets are too few: the training rows need every class, and validation, promotion and "
            "test rows at least one each. Give some hundred rows.",
            exit_code=2,
        )


def sha256(path: Path) -> str:
    """The hash that names a data file in every published figure."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_all(paths: Iterable[Path]) -> pa.Table:
    """Every row of labelled files, as they are: text string, label double by the three-class map.

    Raises:
        UserError: a row is broken (names file and line), or there is none.
    """
    index = LabelMap(WITH_NEUTRAL).index
    texts: list[str] = []
    labels: list[float] = []
    for path in paths:
        for row in labelled_files.read(path):
            if isinstance(row, BrokenRow):
                raise UserError(f"{row}. Nothing was evaluated; mend or remove the line.", exit_code=2)
            texts.append(row.text)
            labels.append(float(index(row.label)))
    if not texts:
        raise UserError("The files hold no labelled rows.", exit_code=2)
    return pa.table({"text": pa.array(texts, pa.string()), "label": pa.array(labels, pa.float64())})
