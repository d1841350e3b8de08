"""What a registered version says of labelled rows, scored as the stream would score them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream import spark
from sentistream.contracts.labels import POLAR
from sentistream.contracts.model_version import ModelVersion
from sentistream.evaluation.predictions import Predictions
from sentistream.scoring import without_spark
from sentistream.scoring.scorer import Scorer, load
from sentistream.scoring.sparkml import TransformScorer
from trainer.settings import TrainerSettings


def predict_registered(settings: TrainerSettings, model: ModelVersion, rows: pa.Table) -> Predictions:
    """What a version says of rows.

    Raises:
        UserError: the version can't be loaded.
    """
    return predicted(scorer_of(settings, model), rows)


def scorer_of(settings: TrainerSettings, model: ModelVersion, *, by_spark: bool = True) -> Scorer:
    """A version's scorer, with a Spark session where only Spark can score it.

    Raises:
        SparkOnlyError: only Spark can, and `by_spark` says that it may not.
        UserError: the version can't be loaded.
    """
    scorer = load(settings, model)
    if not by_spark:
        return without_spark.require(scorer)
    if isinstance(scorer, TransformScorer):
        spark.session(settings, "sentistream trainer")
    return scorer


def predicted(scorer: Scorer, rows: pa.Table) -> Predictions:
    """Score rows with the columns row, text and label; a two-class version scores the polar ones only."""
    labels = scorer.version.labels
    usable = rows if labels.has_neutral else rows.filter(pc.less(rows["label"], len(POLAR)))
    usable = usable.sort_by("row")
    return Predictions(
        labels,
        usable["row"].to_numpy(),
        usable["label"].to_numpy().astype(np.int64),
        scorer.score(usable["text"]),
        skipped=rows.num_rows - usable.num_rows,
    )
