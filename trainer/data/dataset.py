"""Labelled files → unique labelled texts, each with its part of the split, and an account of what was dropped."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession

from sentistream.contracts.labels import NEUTRAL, POLAR, WITH_NEUTRAL, LabelMap
from sentistream.contracts.split import Part, normalised, part_of_normalised
from sentistream.errors import UserError
from sentistream.files.content.inputs import Input
from sentistream.files.options import FileOptions
from sentistream.files.rows import TweetRow
from sentistream.files.written_dates import Dates
from trainer.data import split
from trainer.data.audit import Audit
from trainer.data.labelled import Labelled, Tell
from trainer.data.rows import sha256
from trainer.data.split import RESERVED, SplitBy

SCHEMA = pa.schema([("row", pa.int64()), ("text", pa.string()), ("label", pa.float64()), ("part", pa.string())])
CONTRADICTED = -1


@dataclass(frozen=True)
class Dataset:
    """Unique labelled texts, each with its number and its part of the split."""

    rows: pa.Table
    labels: LabelMap
    audit: Audit
    split_by: SplitBy = SplitBy.TEXT

    def part(self, spark: SparkSession, *parts: Part) -> DataFrame:
        """The rows of some parts: row bigint, text string, label double."""
        rows = spark.createDataFrame(self.table(*parts))
        # Spark would evaluate what follows on rows of its own plan in the driver, before it begins.
        return rows.repartition(spark.sparkContext.defaultParallelism)

    def table(self, *parts: Part) -> pa.Table:
        """The same as an Arrow table."""
        wanted = pc.is_in(self.rows["part"], pa.array([str(part) for part in parts]))
        return self.rows.filter(wanted).select(["row", "text", "label"])


def load(
    inputs: Iterable[Input],
    split_by: SplitBy = SplitBy.TEXT,
    options: FileOptions | None = None,
    skip_bad: bool = False,
    tell: Tell | None = None,
) -> Dataset:
    """Read labelled files into one data set, without duplicates and contradictory labels.

    A third class is there exactly when the files have neutral rows. Texts that are equal after normalisation are one;
    where their labels differ, all are dropped. Memory holds the kept texts and some 150 bytes for each of them.

    Raises:
        UserError: a file can't be read, rows are broken and not to be skipped, or there are fewer than two classes.
    """
    audit = Audit()
    kept = _Kept(split_by)
    labelled = Labelled(options, skip_bad, tell)
    for each in inputs:
        audit.files[each.shown] = sha256(each)
        for tweet, dates in labelled.rows(each):
            audit.rows += 1
            kept.add(tweet, dates, each.shown, audit)
    labelled.require_sound("trained")
    audit.broken, audit.unlabelled, audit.skipped = labelled.broken, labelled.unlabelled, labelled.skipped
    texts, labels, parts = kept.columns()
    counts = Counter(labels)
    label_map = LabelMap(WITH_NEUTRAL if counts[NEUTRAL] else POLAR)
    for name in POLAR:
        if not counts[name]:
            raise UserError(
                f"{', '.join(audit.files)}: no {name} rows; a model needs both negative and positive ones.",
                exit_code=2,
            )
    audit.describe(texts, labels)
    audit.parts = dict(Counter(parts))
    audit.reserved = audit.parts.pop(RESERVED, 0)
    columns = [
        pa.array(np.arange(len(texts))),
        pa.array(texts, pa.string()),
        pa.array([float(label_map.index(label)) for label in labels], pa.float64()),
        pa.array(parts, pa.string()),
    ]
    return Dataset(pa.table(columns, schema=SCHEMA), label_map, audit, split_by)


class _Kept:
    """Texts by the hash of what `normalised` leaves of them, so that 1.6 million fit a laptop's memory."""

    def __init__(self, split_by: SplitBy) -> None:
        self._split_by = split_by
        self._place: dict[bytes, int] = {}
        self._texts: list[str] = []
        self._labels = array("b")
        self._parts: list[Part] = []
        self._told: list[object] = []
        """The author or the moment of each row, where the split is by one."""

    def add(self, tweet: TweetRow, dates: Dates, file: str, audit: Audit) -> None:
        """Take a row, or count why not."""
        words = normalised(tweet.text)
        key = hashlib.blake2b((words or tweet.text).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        label = WITH_NEUTRAL.index(tweet.label)
        place = self._place.setdefault(key, len(self._texts))
        if place == len(self._texts):
            self._texts.append(tweet.text)
            self._labels.append(label)
            self._parts.append(part_of_normalised(words))
            self._told.append(self._told_of(tweet, dates, file))
            audit.without_id += tweet.tweet_id is None
            audit.without_date += tweet.created_at is None
            audit.without_author += tweet.author is None
        elif self._labels[place] == CONTRADICTED:
            audit.contradictory += 1
        elif self._labels[place] == label:
            audit.duplicates += 1
        else:
            audit.contradictory += 2
            self._labels[place] = CONTRADICTED
            self._texts[place] = ""

    def columns(self) -> tuple[list[str], list[str], list[str]]:
        """Texts, labels and parts of what was not contradicted."""
        at = [place for place, label in enumerate(self._labels) if label != CONTRADICTED]
        parts = [self._parts[place] for place in at]
        told = [self._told[place] for place in at]
        match self._split_by:
            case SplitBy.TIME:
                named = split.by_time(parts, told)  # type: ignore[arg-type]  # moments, by _told_of
            case SplitBy.AUTHOR:
                named = split.by_author(parts, told)  # type: ignore[arg-type]  # names, by _told_of
            case _:
                named = list(map(str, parts))
        return [self._texts[place] for place in at], [WITH_NEUTRAL[self._labels[place]] for place in at], named

    def _told_of(self, tweet: TweetRow, dates: Dates, file: str) -> object:
        match self._split_by:
            case SplitBy.TIME:
                told: object = (moment := dates.instant(tweet.created_at)) and moment.replace(tzinfo=None)
            case SplitBy.AUTHOR:
                told = tweet.author
            case _:
                return None
        if told is None:
            lacking = "date" if self._split_by is SplitBy.TIME else "author"
            raise UserError(
                f"{file}, line {tweet.line}: no usable {lacking}; --split {self._split_by} needs one in every row, "
                "--split text none.",
                exit_code=2,
            )
        return told


def require_trainable(data: Dataset) -> None:
    """Check that there is something to train on and to measure with.

    Raises:
        UserError: a part of the split is empty, or the training rows lack a class.
    """
    present = data.rows.group_by(["part", "label"]).aggregate([])
    classes = Counter(present["part"].to_pylist())
    if classes[str(Part.TRAIN)] < len(data.labels.names) or any(not classes[str(part)] for part in Part):
        raise UserError(
            f"{data.rows.num_rows} distinct tweets are too few: the training rows need every class, and validation, promotion and "
            "test rows at least one each. Give some hundred rows.",
            exit_code=2,
        )
