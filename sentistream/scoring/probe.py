"""The built-in probe set: plain sentences of which anyone knows the sentiment, scored before a model may serve.

It finds a model that is broken, not one that is a little worse: inverted labels, another order of classes, a constant. The sentences of a
pair differ in nothing but the words that carry sentiment, and have no punctuation, so that any tokeniser finds these. They are English, as the trainer's own data are.
"""

from collections import Counter

import pyarrow as pa

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError

PAIRS = (
    ("I love this it is wonderful", "I hate this it is terrible"),
    ("what a great and happy day", "what an awful and sad day"),
    ("this is awesome and I am happy", "this is horrible and I am angry"),
    ("the best and most brilliant song", "the worst and most terrible song"),
    ("a good and happy ending I love it", "a bad and sad ending I hate it"),
    ("a wonderful and brilliant idea", "an awful and stupid idea I hate"),
    ("great game I am happy and love the team", "terrible game I am angry and hate the team"),
    ("we had a lovely and fantastic time", "we had a horrible and sad time"),
)
"""A clearly positive sentence, and a clearly negative one."""
TEXTS = tuple(text for sentences in zip(*PAIRS, strict=True) for text in sentences)
"""The sentences, the positive ones first."""
LEAST_IN_ORDER = 6
"""In how many pairs the positive sentence must be the more positive one. Every model we trained has all of them in order, from 128 invented
tweets on; chance gives half of them, a constant none."""


def require_sensible(
    p_positive: pa.Array | pa.ChunkedArray, sentiments: pa.Array | pa.ChunkedArray, model: ModelVersion
) -> None:
    """Look at what a version says of `TEXTS`, in their order.

    Args:
        p_positive: doubles; P(positive).
        sentiments: strings.
        model: the version.

    Raises:
        UserError: it is wrong; says how.
    """
    number = len(PAIRS)
    p = p_positive.to_numpy()
    if len(p) != len(TEXTS) or not ((p >= 0) & (p <= 1)).all():
        raise UserError(f"{model.uri} gives no probability for some plain sentences.")
    in_order = int((p[:number] > p[number:]).sum())
    if in_order < LEAST_IN_ORDER:
        raise UserError(
            f"{model.uri} scores plain sentences wrongly: only in {in_order} of {number} pairs it finds the clearly positive one "
            "more positive than the clearly negative one. Are its labels inverted?"
        )
    for own, opposite, first in ((POSITIVE, NEGATIVE, 0), (NEGATIVE, POSITIVE, number)):
        said = Counter(sentiments.slice(first, number).to_pylist())
        # How often a two-class model says neutral is the choice of its band.
        others = (opposite, NEUTRAL) if model.labels.has_neutral else (opposite,)
        wrong = max(others, key=said.__getitem__)
        if said[wrong] > said[own]:
            raise UserError(
                f"{model.uri} scores plain sentences wrongly: it calls {said[wrong]} of {number} clearly {own} ones {wrong}."
            )
