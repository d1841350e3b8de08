"""Records on their way through a scorer: parse → score → what the tables hold of a score."""

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.jvm import JvmEndedError
from sentistream.scoring import probabilities as checked
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import Probabilities, sentiments
from stream_processor.stream.parsing.parse import PARSED, parse
from stream_processor.stream.spark_failure import is_the_machines

SCORES = pa.schema(
    {"p_positive": pa.float64(), "sentiment": pa.string(), "model_name": pa.string(), "model_version": pa.int32()}
)
SCORED = pa.schema([*PARSED, *SCORES])
NOT_ITS_FAULT = (MemoryError, OSError, JvmEndedError)
"""What a scorer raises where the machine is to blame."""


def scored(records: pa.Table, scorer: Scorer) -> pa.Table:
    """Records (`source.read`) → `SCORED`. A rejected one is scored as an empty text, and its score has no meaning.

    Raises:
        UnfitError: the scorer fails on some text.
    """
    parsed = parse(records)
    return with_scores(parsed, probabilities_of(parsed["text"], scorer), scorer.version)


def scored_or_marked(records: pa.Table, scorer: Scorer) -> pa.Table:
    """`scored` where an error could not be told from Spark's own: records on which the scorer fails get NaN, which `require_scores` finds."""
    parsed = parse(records)
    try:
        probabilities = probabilities_of(parsed["text"], scorer)
    except UnfitError:
        probabilities = np.full((parsed.num_rows, len(scorer.classes)), np.nan)
    return with_scores(parsed, probabilities, scorer.version)


def with_scores(parsed: pa.Table, probabilities: Probabilities, model: ModelVersion) -> pa.Table:
    """Add p_positive, sentiment, model_name and model_version to `PARSED`; p_positive is NaN where the model gave no probabilities."""
    rows = parsed.num_rows
    columns = [
        pa.array(checked.of_positive(probabilities)),
        sentiments(probabilities, model),
        pa.repeat(pa.scalar(model.name), rows),
        pa.repeat(pa.scalar(model.version, pa.int32()), rows),
    ]
    return pa.table([*parsed.columns, *columns], schema=SCORED)


def require_scores(rows: pa.Table, model: ModelVersion) -> None:
    """Let no row of `SCORED` pass whose score is none.

    Raises:
        UnfitError: there is one.
    """
    checked.require(rows["p_positive"].to_numpy(), model)


def probabilities_of(texts: pa.ChunkedArray, scorer: Scorer) -> Probabilities:
    """float64[texts, classes].

    Raises:
        UnfitError: the scorer fails on some text.
    """
    try:
        return scorer.score(texts)
    except NOT_ITS_FAULT:
        raise
    except Exception as wrong:  # whatever its stages raise; it may quote the text
        if is_the_machines(wrong):
            raise
        model = scorer.version
        raise UnfitError(model, f"{model.uri} fails on some text ({type(wrong).__name__}).") from wrong
