"""Labelled texts → a trained network's graph, with its tokenizer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sentistream.scoring.onnx import vocabulary
from sentistream.scoring.onnx.normalisation import TWEETS, normalised
from trainer.encoder.written import tokens
from trainer.neural import encoders, pretrained, words
from trainer.neural.batches import Encoded, Ids
from trainer.neural.checkpoint import Checkpoint
from trainer.neural.designs import Design
from trainer.neural.fitting import Fitted, Progress, fit
from trainer.neural.place import Place, best_place
from trainer.neural.pretrained import Pretrained

if TYPE_CHECKING:
    from onnx import ModelProto


@dataclass(frozen=True)
class Trained:
    """What a version is made of."""

    graph: "ModelProto"
    """In fp32."""
    tokenizer: str
    """`tokenizer.json`."""
    pad: int
    longest: int
    licence: str
    """Of the encoder; empty where none is known, or there is none."""
    fitted: Fitted
    place: Place


def train(
    design: Design,
    texts: Sequence[str],
    classes: Ids,
    number: int,
    work: Path,
    unpacked: Path,
    tell: Callable[[Progress], None],
) -> Trained:
    """Train a network on labelled texts, or go on where it was ended.

    Args:
        design: what is trained, and how.
        texts: of the training part, as they are written.
        classes: of each text.
        number: how many classes there are.
        work: a folder of this network on these rows alone, for its checkpoint.
        unpacked: where encoders of packages are unpacked.
        tell: called every few steps.

    Raises:
        UserError: there is no such encoder, or it can't be used.
    """
    from trainer.neural.graphs import graph_of

    licence = ""
    if design.kind == "transformer":
        encoder = encoders.found(design.encoder, unpacked)
        made, licence = pretrained.encoder(encoder, number, design.recipe.seed), encoder.licence
    else:
        made = _recurrent(design, texts, number)
    longest = min(design.recipe.longest, made.longest)
    cut = tokens(made.tokenizer.encode(), texts, TWEETS, longest)
    rows = Encoded([np.array(each or [made.pad], np.int64) for each in cut], np.asarray(classes, np.int64))
    place = best_place()
    work.mkdir(parents=True, exist_ok=True)
    fitted = fit(made.network, rows, number, design.recipe, place, Checkpoint(work / "checkpoint"), tell)
    return Trained(graph_of(made.network), made.tokenizer, made.pad, longest, licence, fitted, place)


def _recurrent(design: Design, texts: Sequence[str], number: int) -> Pretrained:
    import torch

    from trainer.neural.networks import Recurrent

    tokenizer = words.word_tokenizer(normalised(text, TWEETS) for text in texts)
    size = vocabulary.read(tokenizer.encode(), design.recipe.longest).get_vocab_size()
    torch.manual_seed(design.recipe.seed)
    kind: Literal["gru", "lstm"] = "gru" if design.kind == "gru" else "lstm"
    network: Any = Recurrent(kind, size, number, words.PAD_ID)
    return Pretrained(network, tokenizer, words.PAD_ID, design.recipe.longest)
