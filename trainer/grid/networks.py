"""Networks as cells: each is trained by PyTorch, and what is measured is the graph that it leaves as."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from sentistream.contracts.model_version import ONNX
from sentistream.contracts.split import Part
from sentistream.errors import UserError, said
from sentistream.evaluation.predictions import Predictions
from sentistream.process import disk
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.model import OnnxModel
from sentistream.scoring.onnx.normalisation import TWEETS
from trainer.data.dataset import Dataset
from trainer.encoder import calibration, written
from trainer.grid.outcomes import Outcome, RunFolder
from trainer.neural import training
from trainer.neural.designs import Design
from trainer.neural.fitting import Progress
from trainer.neural.training import Trained

UNPACKED = "encoders"
"""The folder beside the runs' in which packages' archives are unpacked."""
Tell = Callable[[str, Progress], None]


def outcomes(designs: Sequence[Design], data: Dataset, folder: RunFolder, state: Path, tell: Tell) -> Iterator[Outcome]:
    """Train networks and keep the outcome of each; a crash is an outcome, too, and a training that was killed goes on.

    Args:
        designs: what is trained.
        data: labelled rows; training and validation rows are looked at.
        folder: of the run.
        state: the folder of all runs.
        tell: called every few steps, with the cell's name.

    Raises:
        UserError: an encoder isn't there, or can't be used.
    """
    for design in designs:
        try:
            yield _outcome(design, data, folder, state / UNPACKED, tell)
        except UserError:
            raise
        except Exception as failure:  # PyTorch raises many kinds
            if (full := disk.refused(failure)) is not None:
                raise full from failure
            outcome = Outcome(design.name, error=said(failure), flavour=ONNX)
            folder.keep(outcome)
            yield outcome


def _outcome(design: Design, data: Dataset, folder: RunFolder, unpacked: Path, tell: Tell) -> Outcome:
    rows = data.table(Part.TRAIN).sort_by("row")
    texts, classes = rows["text"].to_pylist(), rows["label"].to_numpy().astype(np.int64)
    work = folder.work(design.name)
    made = training.train(
        design, texts, classes, len(data.labels.names), work, unpacked, lambda progress: tell(design.name, progress)
    )
    place = folder.model(design.name)
    shutil.rmtree(place, ignore_errors=True)
    model = _written(design, made, data, texts, place)
    held_out = data.table(Part.VALIDATION).sort_by("row")
    normalised = model.normalised(held_out["text"].to_pylist())
    # Begun before it is timed.
    model.score(normalised[:1])
    started = time.perf_counter()
    probabilities = model.score(normalised)
    seconds = time.perf_counter() - started
    outcome = Outcome(
        design.name,
        fit_seconds=made.fitted.seconds,
        features=made.longest,
        model_bytes=sum(file.stat().st_size for file in place.iterdir()),
        tweets_per_second=len(normalised) / max(seconds, 1e-9),
        compiled=True,
        flavour=ONNX,
        tags=_tags(design, made, model.described),
    )
    truth = held_out["label"].to_numpy().astype(np.int64)
    folder.keep(outcome, Predictions(data.labels, held_out["row"].to_numpy(), truth, probabilities))
    shutil.rmtree(work, ignore_errors=True)
    return outcome


def _written(design: Design, made: Trained, data: Dataset, texts: Sequence[str], place: Path) -> OnnxModel:
    """The version's folder: a transformer in 8 bits, its scales fixed by training texts; what a recurrent network multiplies depends on its own past."""
    graph, precision, sha256 = made.graph, "fp32", ""
    tokenizer = made.tokenizer.encode()
    if design.kind == "transformer":
        drawn = np.random.default_rng(design.recipe.seed).permutation(len(texts))[: calibration.TEXTS]
        some = [texts[at] for at in drawn]
        tokens = written.tokens(tokenizer, some, TWEETS, made.longest)
        graph, precision, sha256 = written.in_int8(graph, tokens, made.pad), "int8", calibration.sha256(some)
    opset, names = written.opset(graph), data.labels.names
    described = Description(TWEETS, made.longest, names, precision, opset, made.pad, sha256)
    return written.write(place, graph, tokenizer, described)


def _tags(design: Design, made: Trained, described: Description) -> dict[str, str]:
    tags = {"precision": described.precision, "epochs": f"{made.fitted.epochs:.2f}", "trained_on": str(made.place)}
    if design.encoder:
        tags |= {"encoder": design.encoder, "encoder_license": made.licence or "unknown"}
    return tags
