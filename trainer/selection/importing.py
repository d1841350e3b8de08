"""A ready sentiment model from elsewhere as a registered version: its classes told by their names, measured on the user's rows, and promoted by nobody yet."""

import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ONNX, ModelVersion
from sentistream.contracts.split import Part
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.normalisation import TWEETS
from trainer.data.languages import languages_of
from trainer.encoder import calibration, written
from trainer.evaluation.registered import predicted, scorer_of
from trainer.grid.networks import UNPACKED
from trainer.grid.trained import TrainedGraph
from trainer.neural import encoders, pretrained
from trainer.neural.class_names import sentiments_of
from trainer.neural.encoders import Encoder
from trainer.neural.graphs import graph_of
from trainer.neural.pretrained import Pretrained
from trainer.selection import proof, sealing, tracking
from trainer.settings import TrainerSettings

LONGEST = 128
"""Tokens of a text: more than all but a few long posts have."""
LEAST_CALIBRATION = 100
"""Texts without which the scales of 8 bits would be a guess."""
MOST_CHANGED = 0.01
"""Share of texts whose sentiment 8 bits may change; else it stays in fp32."""


@dataclass(frozen=True)
class Ready:
    """A model that was read and understood."""

    encoder: Encoder
    model: Pretrained
    classes: tuple[str, ...]
    """The sentiments of its columns, in its own order."""

    @property
    def labels(self) -> LabelMap:
        """As a version of it has them."""
        return LabelMap(WITH_NEUTRAL if len(self.classes) == len(WITH_NEUTRAL) else POLAR)


def read(settings: TrainerSettings, named: str, said: Mapping[str, str]) -> Ready:
    """Read a ready model.

    Args:
        settings: say where packages are unpacked.
        named: as `--encoder` names it.
        said: a class's name → a sentiment, where the name alone does not tell.

    Raises:
        UserError: it isn't there, can't be used, or its classes are no sentiments.
    """
    encoder = encoders.found(named, Path(settings.trainer_state) / UNPACKED)
    model = pretrained.ready(encoder)
    return Ready(encoder, model, sentiments_of(model.names, said))


def register(settings: TrainerSettings, ready: Ready, rows: pa.Table) -> tuple[ModelVersion, str]:
    """Register a ready model, and prove it by the user's rows; the version, and what to tell of the proof.

    Args:
        settings: name registry and model.
        ready: the model.
        rows: labelled ones, as `trainer.data.rows` reads them. Texts of their training part fix the scales of 8 bits.

    Raises:
        UserError: it would not be served, or is wrong; a version that is wrong stays registered, and its tag `probe` says why.
    """
    own = rows.filter(pc.equal(rows["part"], str(Part.TRAIN)))["text"].to_pylist()[: calibration.TEXTS]
    with tempfile.TemporaryDirectory() as scratch:
        model = _written(ready, own, Path(scratch))
        described = model.model.described
        with tracking.single_run(settings, f"import {ready.encoder.name}"):
            version = tracking.log_model(settings, model, ready.labels)
    client = registry_connection.client(settings)
    for name, value in _tags(settings, ready, described).items():
        client.set_model_version_tag(settings.model_name, str(version), name, value)
    scorer = scorer_of(settings, sealing.seal(settings, version))
    proved = proof.prove(settings, scorer, languages_of(rows["text"]), predicted(scorer, rows))
    return proved.version, proved.told


def _written(ready: Ready, own: Sequence[str], folder: Path) -> TrainedGraph:
    """The version's folder: in 8 bits where they say the same as fp32 of nearly all of the texts that fixed their scales."""
    longest = min(LONGEST, ready.model.longest)
    graph, tokenizer = graph_of(ready.model.network), ready.model.tokenizer.encode()
    opset = written.opset(graph)
    plain = Description(TWEETS, longest, ready.classes, "fp32", opset, ready.model.pad)
    exact = written.write(folder / "fp32", graph, tokenizer, plain)
    if len(own) < LEAST_CALIBRATION:
        return TrainedGraph(folder / "fp32")
    tokens = written.tokens(tokenizer, own, TWEETS, longest)
    described = replace(plain, precision="int8", calibration_sha256=calibration.sha256(own))
    quick = written.write(folder / "int8", written.in_int8(graph, tokens, ready.model.pad), tokenizer, described)
    texts = exact.normalised(own)
    changed = exact.score(texts).argmax(axis=1) != quick.score(texts).argmax(axis=1)
    return TrainedGraph(folder / ("fp32" if float(np.mean(changed)) > MOST_CHANGED else "int8"))


def _tags(settings: TrainerSettings, ready: Ready, described: Description) -> dict[str, str]:
    """Without `split` and `data_sha256`: on what it was trained is not known here."""
    band = NeutralBand(settings.neutral_low, settings.neutral_high)
    return {
        registry.FLAVOUR_TAG: ONNX,
        registry.LABELS_TAG: str(ready.labels),
        registry.BAND_LOW_TAG: str(band.low),
        registry.BAND_HIGH_TAG: str(band.high),
        "cell": f"imported/{ready.encoder.name} {described.precision}",
        "encoder": ready.encoder.name,
        "encoder_license": ready.encoder.licence or "unknown",
        "precision": described.precision,
    }


def registered(version: ModelVersion, files: Sequence[str]) -> str:
    """What was done, and what makes it champion."""
    given = " ".join(f"--data {shlex.quote(file)}" for file in files)
    return (
        f"{version.title} is registered and not promoted. `sentistream promote {version.version} {given}` sets it against the champion; "
        "on which rows it was trained is unknown, so beside a champion it takes --force, too."
    )
