"""The built-in probe set: plain sentences of which anyone knows the sentiment, scored before a model may serve.

It finds a model that is broken, not one that is a little worse: inverted labels, another order of classes, a constant. English, as is
all that the trainer's own data hold.
"""

from collections import Counter

import numpy as np
import orjson
import pyarrow as pa

from sentistream.errors import UserError
from sentistream.labels import NEGATIVE, NEUTRAL, POSITIVE
from sentistream.model_version import ModelVersion
from stream_processor.parse import HEADERS, TIMESTAMP

SENTENCES = {
    POSITIVE: (
        "I love this, it is wonderful!",
        "What a great and happy day :)",
        "This is awesome, thank you so much",
        "The best, I am so happy with it",
        "Really good, I love it",
        "An amazing and beautiful song, I enjoyed it",
    ),
    NEGATIVE: (
        "I hate this, it is terrible!",
        "What an awful and sad day :(",
        "This is horrible, I am so angry",
        "The worst, I am so sad about it",
        "Really bad, I hate it",
        "A stupid and broken phone, so disappointed",
    ),
}
LEAST_ORDERED = 0.75
"""Of the pairs of a positive and a negative sentence, how many must be in order. Every model we trained has all of them, from 128 invented
tweets on; chance gives half, a constant none."""


def records() -> pa.Table:
    """The sentences as Kafka records with the columns of `source.read`, the positive ones first."""
    texts = [text for sentences in SENTENCES.values() for text in sentences]
    values = [orjson.dumps({"data": {"id": str(number), "text": text}}) for number, text in enumerate(texts, 1)]
    rows = len(texts)
    return pa.table(
        {
            "topic": ["probe"] * rows,
            "partition": pa.array([0] * rows, pa.int32()),
            "offset": range(rows),
            "timestamp": pa.array([0] * rows, TIMESTAMP),
            "key": pa.nulls(rows, pa.binary()),
            "headers": pa.nulls(rows, HEADERS),
            "value": values,
            "value_bytes": pa.array([len(value) for value in values], pa.int32()),
        }
    )


def require_sensible(scored: pa.Table, model: ModelVersion) -> None:
    """Look at the scores of `records()`, in any order of rows.

    Raises:
        UserError: they are wrong; says how.
    """
    scored = scored.sort_by("offset")
    number = len(SENTENCES[POSITIVE])
    p = scored["p_positive"].to_numpy()
    if len(p) != sum(map(len, SENTENCES.values())) or not ((p >= 0) & (p <= 1)).all():
        raise UserError(f"{model.uri} gives no probability for some plain sentences.")
    ordered = float(np.greater.outer(p[:number], p[number:]).mean())
    if ordered < LEAST_ORDERED:
        raise UserError(
            f"{model.uri} scores plain sentences wrongly: of the pairs of a clearly positive and a clearly negative one, "
            f"{ordered:.0%} are in order, {LEAST_ORDERED:.0%} are asked for. Are its labels inverted?"
        )
    for own, opposite, first in ((POSITIVE, NEGATIVE, 0), (NEGATIVE, POSITIVE, number)):
        said = Counter(scored["sentiment"].slice(first, number).to_pylist())
        # How often a two-class model says neutral is the choice of its band.
        others = (opposite, NEUTRAL) if model.labels.has_neutral else (opposite,)
        wrong = max(others, key=said.__getitem__)
        if said[wrong] > said[own]:
            raise UserError(
                f"{model.uri} scores plain sentences wrongly: it calls {said[wrong]} of {number} clearly {own} ones {wrong}."
            )
