"""A piece of rows, scored: the columns of the result."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sentistream.batch.pieces import Piece
from sentistream.contracts.labels import POSITIVE
from sentistream.scoring import checked, probabilities, texts
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import sentiments_or_none


@dataclass(frozen=True)
class Scored:
    """Rows of the result, and why some have no score."""

    rows: pa.RecordBatch
    without: Mapping[int, str]
    """Row → why."""
    passed_over: int


def schema(scorer: Scorer, *, with_text: bool) -> pa.Schema:
    """The result's columns: a probability for each class, and what the lake calls the rest."""
    return pa.schema(
        [
            ("line", pa.int64()),
            ("id", pa.string()),
            *([("text", pa.large_string())] if with_text else []),
            ("sentiment", pa.string()),
            *((f"p_{name}", pa.float64()) for name in scorer.classes),
            ("model_name", pa.string()),
            ("model_version", pa.int32()),
            ("error", pa.string()),
        ]
    )


def scored(piece: Piece, scorer: Scorer, columns: pa.Schema) -> Scored:
    """Score a piece; a row that the stream would reject has its reason instead. Safe in any thread.

    Raises:
        UnfitError: the scorer fails on some text, or says of one what is no probability.
    """
    column = piece.column()
    faults = {row: f"{fault.reason}: the text {fault.detail}" for row, fault in texts.faults(column).items() if fault}
    without = {**piece.problems, **faults}
    found = checked.score_or_nan(scorer, column)
    lacking = np.zeros(len(column), np.bool_)
    lacking[list(without)] = True
    with_positive = {name: found[:, place] for place, name in enumerate(scorer.classes)}
    # To the bit what the stream writes.
    with_positive[POSITIVE] = probabilities.of_positive(found)
    model, number = scorer.version, len(column)
    values = {
        "line": pa.array(piece.lines, pa.int64()),
        "id": pa.array(piece.ids, pa.string()),
        "text": column,
        "sentiment": sentiments_or_none(found, model),
        **{f"p_{name}": pa.array(each, mask=lacking) for name, each in with_positive.items()},
        "model_name": pa.repeat(pa.scalar(model.name), number),
        "model_version": pa.repeat(pa.scalar(model.version, pa.int32()), number),
        "error": pa.array([without.get(row) for row in range(number)] if without else [None] * number, pa.string()),
    }
    rows = pa.RecordBatch.from_arrays([values[name] for name in columns.names], schema=columns)
    return Scored(rows, without, piece.passed_over)
