"""Records on their way through a scorer: parse → score → what the tables hold of a score."""

import pyarrow as pa

from sentistream.contracts.labels import POSITIVE_INDEX
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import Probabilities, sentiments
from stream_processor.stream.parsing.parse import PARSED, parse

SCORES = pa.schema(
    {"p_positive": pa.float64(), "sentiment": pa.string(), "model_name": pa.string(), "model_version": pa.int32()}
)
SCORED = pa.schema([*PARSED, *SCORES])


def scored(records: pa.Table, scorer: Scorer) -> pa.Table:
    """Records (`source.read`) → `SCORED`. A rejected one is scored as an empty text, and its score has no meaning."""
    parsed = parse(records)
    return with_scores(parsed, scorer.score(parsed["text"]), scorer.version)


def with_scores(parsed: pa.Table, probabilities: Probabilities, model: ModelVersion) -> pa.Table:
    """Add p_positive, sentiment, model_name and model_version to `PARSED`."""
    rows = parsed.num_rows
    columns = [
        pa.array(probabilities[:, POSITIVE_INDEX]),
        sentiments(probabilities, model),
        pa.repeat(pa.scalar(model.name), rows),
        pa.repeat(pa.scalar(model.version, pa.int32()), rows),
    ]
    return pa.table([*parsed.columns, *columns], schema=SCORED)
