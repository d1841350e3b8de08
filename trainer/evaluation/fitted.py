"""What a pipeline that was just fitted says of labelled rows, by Spark's own transform."""

import numpy as np
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.evaluation.predictions import Predictions


def predict(model: PipelineModel, rows: DataFrame, labels: LabelMap) -> Predictions:
    """Run a model over rows with the columns row, label and what it reads; a two-class one over the polar rows only."""
    usable = rows if labels.has_neutral else rows.where(rows.label < len(POLAR))
    scored = (
        model.transform(usable)
        .select("row", "label", vector_to_array(F.col("probability")).alias("probability"))
        .toArrow()
        .sort_by("row")
    )
    lists = scored["probability"].combine_chunks()
    return Predictions(
        labels,
        scored["row"].to_numpy(),
        scored["label"].to_numpy().astype(np.int64),
        lists.flatten().to_numpy().reshape(-1, len(labels.names)),
        skipped=0 if labels.has_neutral else rows.count() - len(scored),
    )
