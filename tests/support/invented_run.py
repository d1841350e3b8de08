"""Training runs of invented tweets and predictions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.contracts.split import Part
from sentistream.evaluation import metrics
from sentistream.evaluation.contest import Contest
from sentistream.evaluation.predictions import Predictions
from sentistream.evaluation.significance import mcnemar
from trainer.data.audit import Audit
from trainer.data.dataset import SCHEMA, Dataset
from trainer.grid.cells import PUBLISHED
from trainer.grid.outcomes import Outcome, Scored
from trainer.run import TrainingRun
from trainer.selection.choice import choose

COMMON = [
    "the",
    "a",
    "to",
    "of",
    "and",
    "my",
    "you",
    "it",
    "is",
    "in",
    "on",
    "for",
    "not",
    "but",
    "love",
    "hate",
    "day",
    "good",
]
SHARES = {Part.TRAIN: 0.6, Part.VALIDATION: 0.1, Part.PROMOTION: 0.1, Part.TEST: 0.2}


def invented_run(
    names: tuple[str, ...] = POLAR,
    rows: int = 600,
    cells: Sequence[str] = ("logistic-regression(reg=0.1)/count/1-gram", PUBLISHED.name, "random-forest(trees=2)/x"),
    crashed: Sequence[Outcome] = (),
    left_out: Sequence[str] = (),
    files: Sequence[str] = ("tweets.csv",),
    command: str = "python -m trainer train --data tweets.csv",
    with_contest: bool = True,
) -> TrainingRun:
    """A run of these cells; its winner has no saved pipeline."""
    rng = np.random.default_rng(5)
    data = _dataset(names, rows, files, rng)
    scored = [_scored(data, cell, 1.0 + number / len(cells), rng) for number, cell in enumerate(cells)]
    return TrainingRun(
        data,
        "full",
        7,
        command,
        [each.outcome for each in scored] + list(crashed),
        list(left_out),
        scored,
        choose(scored),
        Path("no model"),
        _predictions(data, Part.TEST, 2.0, rng),
        _predictions(data, Part.TEST, 1.0, rng) if PUBLISHED.name in cells else None,
        _contest(data, rng) if with_contest else None,
    )


def _contest(data: Dataset, rng: np.random.Generator) -> Contest:
    winner, champion = (_predictions(data, Part.PROMOTION, skill, rng) for skill in (2.0, 1.0))
    figures = metrics.of(champion).macro_f1, metrics.of(winner).macro_f1
    return Contest(3, *figures, len(winner.rows), mcnemar(winner.correct, champion.correct), data.labels, data.labels)


def _dataset(names: tuple[str, ...], rows: int, files: Sequence[str], rng: np.random.Generator) -> Dataset:
    texts = [f"{' '.join(rng.choice(COMMON, 9))} rare{number}word @someone{number}" for number in range(rows)]
    labels = rng.integers(0, len(names), rows)
    # Every part needs a row of its own where there are few.
    parts = [*SHARES, *rng.choice(list(map(str, SHARES)), rows, p=list(SHARES.values()))][:rows]
    audit = Audit(files=dict.fromkeys(files, "0" * 64), rows=rows, without_id=rows)
    audit.describe(texts, [names[label] for label in labels])
    table = pa.table([np.arange(rows), texts, labels.astype(float), list(map(str, parts))], schema=SCHEMA)
    return Dataset(table, LabelMap(names), audit)


def _predictions(data: Dataset, part: Part, skill: float, rng: np.random.Generator) -> Predictions:
    table = data.table(part)
    truth = table["label"].to_numpy().astype(np.int64)
    margins = rng.normal(size=(len(truth), len(data.labels.names)))
    margins[np.arange(len(truth)), truth] += skill
    odds = np.exp(margins)
    return Predictions(data.labels, table["row"].to_numpy(), truth, odds / odds.sum(axis=1, keepdims=True))


def _scored(data: Dataset, cell: str, skill: float, rng: np.random.Generator) -> Scored:
    predictions = _predictions(data, Part.VALIDATION, skill, rng)
    outcome = Outcome(cell, None, 2.0, 3.0, 1000, 10**6, 5000.0 * skill, compiled="forest" not in cell)
    return Scored(outcome, predictions, metrics.of(predictions))
