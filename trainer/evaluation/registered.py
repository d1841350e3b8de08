"""What a registered version says of labelled rows, scored as the stream would score them."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream import spark
from sentistream.contracts.labels import POLAR
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.scorer import Scorer, load
from sentistream.scoring.sparkml import TransformScorer
from trainer.evaluation.predictions import Predictions
from trainer.settings import TrainerSettings


def predict_registered(settings: TrainerSettings, model: ModelVersion, rows: pa.Table) -> Predictions:
    """Score rows with the columns row, text and label; a two-class version scores the polar ones only.

    Raises:
        UserError: the version can't be loaded.
    """
    return predictor(settings, model)(rows)


def predictor(settings: TrainerSettings, model: ModelVersion) -> Callable[[pa.Table], Predictions]:
    """The same for several tables: the version is loaded once, now.

    Raises:
        UserError: the version can't be loaded.
    """
    scorer = load(settings, model)
    if isinstance(scorer, TransformScorer):
        spark.session(settings, "sentistream trainer")
    return lambda rows: _predicted(scorer, rows)


def _predicted(scorer: Scorer, rows: pa.Table) -> Predictions:
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
