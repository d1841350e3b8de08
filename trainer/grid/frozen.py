"""Heads on an encoder that is not trained: its features are computed once, by the quantised graph that will serve, and each cell fits a regression."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from onnx import ModelProto

from sentistream.contracts.labels import LabelMap
from sentistream.contracts.model_version import ONNX
from sentistream.contracts.split import Part
from sentistream.errors import UserError, said
from sentistream.evaluation.predictions import Predictions
from sentistream.process import disk
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.normalisation import TWEETS
from trainer.data.dataset import Dataset
from trainer.encoder import bert, calibration, head, packages, written
from trainer.encoder.embedding import features
from trainer.encoder.nodes import OPSET
from trainer.encoder.packages import Encoder
from trainer.grid.cells import FrozenCell
from trainer.grid.outcomes import Outcome, RunFolder

LONGEST = 96
"""Tokens: of tweets of 280 characters, 99 in 100 have fewer."""
MOST_ROWS = 40_000
"""Training rows whose features are computed: a minute, and more gain less than a tenth of a point each thousand."""
PRECISION = "int8"
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Prepared:
    """An encoder's graph, and what it makes of the training rows."""

    encoder: Encoder
    graph: ModelProto
    calibration_sha256: str
    features: Floats
    labels: npt.NDArray[np.int64]
    """Of the training rows whose features these are."""
    held_out: pa.Table
    held_out_features: Floats
    """Of the validation rows."""
    tweets_per_second: float
    """Of these, on all cores."""
    seconds: float


def outcomes(cells: Sequence[FrozenCell], data: Dataset, folder: RunFolder, seed: int) -> Iterator[Outcome]:
    """Fit the cells of each encoder and keep the outcome of each; a crash is an outcome, too.

    Raises:
        UserError: an encoder is not installed.
    """
    for name in dict.fromkeys(cell.encoder for cell in cells):
        mine = [cell for cell in cells if cell.encoder == name]
        encoder = packages.read(packages.PACKAGES[name])
        try:
            prepared = _prepared(encoder, data, seed)
        except Exception as failure:  # onnxruntime raises many kinds
            yield from (_crashed(cell, failure, folder) for cell in mine)
            continue
        for cell in mine:
            yield _fitted(cell, prepared, data, folder)


def _prepared(encoder: Encoder, data: Dataset, seed: int) -> Prepared:
    started = time.monotonic()
    rows = _some(data.table(Part.TRAIN), seed)
    texts = rows["text"].to_pylist()
    tokens = written.tokens(encoder.tokenizer, texts, TWEETS, LONGEST)
    pad_id = int(encoder.config.get("pad_token_id", 0))
    graph = written.in_int8(bert.graph(encoder), tokens[: calibration.TEXTS], pad_id)
    trained_on = features(graph, tokens, pad_id)
    held_out = data.table(Part.VALIDATION).sort_by("row")
    timed = time.perf_counter()
    held_out_tokens = written.tokens(encoder.tokenizer, held_out["text"].to_pylist(), TWEETS, LONGEST)
    held_out_features = features(graph, held_out_tokens, pad_id)
    return Prepared(
        encoder,
        graph,
        calibration.sha256(texts[: calibration.TEXTS]),
        trained_on,
        rows["label"].to_numpy().astype(np.int64),
        held_out,
        held_out_features,
        held_out.num_rows / (time.perf_counter() - timed),
        time.monotonic() - started,
    )


def _some(rows: pa.Table, seed: int) -> pa.Table:
    """At most so many training rows, drawn at random: what fixes the scales are the first of them."""
    drawn = np.random.default_rng(seed).permutation(rows.num_rows)[:MOST_ROWS]
    return rows.take(pa.array(drawn))


def _fitted(cell: FrozenCell, prepared: Prepared, data: Dataset, folder: RunFolder) -> Outcome:
    started = time.monotonic()
    try:
        encoder, classes = prepared.encoder, len(data.labels.names)
        fitted = head.fit(prepared.features, prepared.labels, classes, cell.regularisation, cell.balanced)
        fit_seconds = time.monotonic() - started
        place = folder.model(cell.name)
        shutil.rmtree(place, ignore_errors=True)
        described = _described(prepared, data.labels)
        written.write(place, head.with_head(prepared.graph, fitted), encoder.tokenizer, described)
    except Exception as failure:  # one cell must not end the grid
        return _crashed(cell, failure, folder)
    outcome = Outcome(
        cell.name,
        feature_seconds=prepared.seconds,
        fit_seconds=fit_seconds,
        features=prepared.features.shape[1],
        model_bytes=sum(file.stat().st_size for file in place.iterdir()),
        tweets_per_second=prepared.tweets_per_second,
        compiled=True,
        flavour=ONNX,
        tags={"encoder": encoder.name, "encoder_license": encoder.licence, "precision": PRECISION},
    )
    truth = prepared.held_out["label"].to_numpy().astype(np.int64)
    probabilities = fitted.probabilities(prepared.held_out_features)
    folder.keep(outcome, Predictions(data.labels, prepared.held_out["row"].to_numpy(), truth, probabilities))
    return outcome


def _described(prepared: Prepared, labels: LabelMap) -> Description:
    pad_id = int(prepared.encoder.config.get("pad_token_id", 0))
    return Description(TWEETS, LONGEST, labels.names, PRECISION, OPSET, pad_id, prepared.calibration_sha256)


def _crashed(cell: FrozenCell, failure: Exception, folder: RunFolder) -> Outcome:
    if (full := disk.refused(failure)) is not None:
        # Of every other cell the same would be said.
        raise full from failure
    if isinstance(failure, UserError):
        raise failure
    outcome = Outcome(cell.name, error=said(failure), flavour=ONNX)
    folder.keep(outcome)
    return outcome
