"""What each section of the page needs to know, computed from the run."""

import html
import platform
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyspark

import sentistream
from sentistream.contracts.labels import POSITIVE_INDEX, NeutralBand, in_order
from sentistream.contracts.model_version import SPARKML
from sentistream.contracts.split import NAME as SPLIT
from sentistream.contracts.split import Part
from sentistream.evaluation import metrics
from sentistream.evaluation.predictions import Predictions
from sentistream.evaluation.significance import bootstrap
from trainer.data.split import SplitBy
from trainer.evaluation.calibration import calibration
from trainer.grid.cells import PUBLISHED
from trainer.report import cells, charts, grid_charts
from trainer.report.comparisons import with_champion, with_reference
from trainer.report.errors import LEAST, by_category, by_confidence
from trainer.report.ngrams import strongest
from trainer.report.words import Words
from trainer.run import TrainingRun

FREQUENT = 15
"""Words shown for each class."""
REFERENCE = "published recipe"


def head(run: TrainingRun, model: str, outcome: Sequence[str]) -> dict[str, Any]:
    """What won, by how much, what became of it, from which data, and how to repeat it."""
    test = run.evaluation
    is_reference = run.winner.outcome.cell == PUBLISHED.name
    files = " ".join(f"--data {shlex.quote(file)}" for file in run.data.audit.files)
    evaluate = f"python -m trainer evaluate {files} --part {Part.TEST} --model {shlex.quote(model)} --json"
    return {
        "run": run,
        "outcome": outcome,
        "winner": run.winner.outcome,
        "winner_is_reference": is_reference,
        "test": test,
        "macro_f1_interval": bootstrap(test, lambda drawn: drawn.macro_f1, run.seed),
        "accuracy_interval": bootstrap(test, lambda drawn: drawn.accuracy, run.seed),
        "against_reference": None if run.reference is None or is_reference else with_reference(run.test, run.reference),
        "against_champion": None if run.contest is None else with_champion(run.contest),
        "split": SPLIT,
        "by_text": run.data.split_by is SplitBy.TEXT,
        "evaluate": evaluate,
        "made": datetime.now(UTC),
        "versions": {
            "sentistream": sentistream.__version__,
            "pyspark": pyspark.__version__,
            "Python": platform.python_version(),
        },
    }


def audit(run: TrainingRun, counted: Words) -> dict[str, Any]:
    """The data: counts, balance, lengths, scripts and frequent words."""
    rows, labels = run.data.rows, in_order(run.data.labels.names)
    grouped = rows.group_by(["part", "label"]).aggregate([([], "count_all")]).to_pylist()
    counts = {(each["part"], run.data.labels.names[int(each["label"])]): each["count_all"] for each in grouped}
    parts = [*map(str, Part), *sorted({part for part, _ in counts} - set(map(str, Part)))]
    balance = [(part, {label: counts.get((part, label), 0) for label in labels}) for part in parts]
    lengths = {label: run.data.audit.lengths[label] for label in labels if label in run.data.audit.lengths}
    return {
        "audit": run.data.audit,
        "labels": labels,
        "balance": [(part, each, sum(each.values())) for part, each in balance if any(each.values())],
        "lengths_chart": charts.lengths(lengths),
        "frequent": [(label, counted.most_frequent(label, FREQUENT)) for label in labels],
        "typical": [(label, counted.most_typical(label, FREQUENT)) for label in labels],
    }


def grid(run: TrainingRun) -> dict[str, Any]:
    """Every cell: trained, crashed or left out."""
    ranked = cells.ranked(run)
    return {
        "cells": ranked,
        "validation_rows": run.winner.validation.rows,
        "crashed": [outcome for outcome in run.outcomes if outcome.error],
        "quality_chart": grid_charts.quality(ranked),
        "speed_chart": grid_charts.cost(
            ranked, "speed", "tweets scored in a second", lambda row: row.outcome.tweets_per_second
        ),
        "fit_chart": grid_charts.cost(ranked, "fit", "seconds to fit", lambda row: row.outcome.fit_seconds),
    }


def winner(run: TrainingRun, band: NeutralBand) -> dict[str, Any]:
    """Curves, confusion and calibration on the test rows, beside the published recipe's."""
    models = {"winner": run.test}
    if run.reference is not None and run.winner.outcome.cell != PUBLISHED.name:
        models[REFERENCE] = run.reference
    calibrations = {name: calibration(each) for name, each in models.items()}
    in_use = None if run.data.labels.has_neutral else band
    return {
        "evaluations": {name: metrics.of(each).ordered for name, each in models.items()},
        "roc_chart": charts.roc(models),
        "precision_recall_chart": charts.precision_recall(models),
        "calibrations": calibrations,
        "reliability_chart": charts.reliability(calibrations),
        "probabilities_chart": charts.probabilities(run.test, in_use),
        "band": None if in_use is None else _band(run.test, in_use),
    }


def ngrams(run: TrainingRun) -> dict[str, Any]:
    """The winner's heaviest n-grams, or why there are none."""
    if run.winner.outcome.flavour != SPARKML:
        return {"ngrams": [], "no_ngrams": "It has an encoder, which gives no n-gram a weight."}
    found = strongest(run.model, run.data.labels)
    return {"ngrams": [] if isinstance(found, str) else found, "no_ngrams": found if isinstance(found, str) else ""}


def errors(run: TrainingRun, seen: Words) -> dict[str, Any]:
    """Error rates on the test rows by what a tweet holds and by confidence."""
    at = np.searchsorted(run.data.rows["row"].to_numpy(), run.test.rows)
    texts = [html.unescape(text) for text in run.data.rows["text"].take(pa.array(at)).to_pylist()]
    rates = by_category(texts, seen.unseen_share(pa.array(texts, pa.string())), run.test.correct)
    overall = 1 - run.evaluation.accuracy
    return {
        "error_rates": rates,
        "least_rows": LEAST,
        "overall_error": overall,
        "errors_chart": charts.error_rates(rates, overall) if rates else "",
        "confidence": by_confidence(run.test),
    }


def _band(test: Predictions, band: NeutralBand) -> dict[str, float | None]:
    """What the neutral band takes, and how good the model is on the rest; None where no row is."""
    probability = test.probabilities[:, POSITIVE_INDEX]
    inside = (probability > band.low) & (probability < band.high)
    outside = test.correct[~inside]
    return {
        "low": band.low,
        "high": band.high,
        "share": float(inside.mean()),
        "accuracy_inside": float(test.correct[inside].mean()) if inside.any() else None,
        "accuracy_outside": float(outside.mean()) if len(outside) else None,
    }
