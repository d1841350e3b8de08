"""The exported graph against PyTorch, and its scores alone and in any batch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentistream.scoring.onnx import listed
from tests.support import networks
from trainer.neural import pretrained
from trainer.neural.batches import Encoded, padded
from trainer.neural.encoders import Encoder
from trainer.neural.fitting import probabilities
from trainer.neural.graphs import graph_of
from trainer.neural.place import Place

pytestmark = pytest.mark.torch
networks.need_torch()
ROWS = networks.texts(40, seed=3)
CLOSE = 1e-5


def network(kind: str, folder: Path) -> Any:
    import torch

    from trainer.neural.networks import Recurrent

    torch.manual_seed(2)
    if kind == "transformer":
        return pretrained.encoder(Encoder(kind, networks.saved_encoder(folder / kind), ""), 3, seed=2).network
    return Recurrent(kind, networks.WORDS, 3, pad=0)  # type: ignore[arg-type]


def scored(session: Any, rows: Encoded, places: list[int]) -> Any:
    tokens, mask = padded([rows.ids[at] for at in places], 0)
    (found,) = session.run(["probabilities"], {"input_ids": tokens, "attention_mask": mask})
    return found


@pytest.mark.parametrize("kind", ["transformer", "gru", "lstm"])
def test_the_graph_says_what_the_network_says_alone_and_in_any_batch(kind: str, tmp_path: Path) -> None:
    import onnxruntime

    made = network(kind, tmp_path)
    expected = probabilities(made, ROWS, Place("cpu"))
    graph = graph_of(made).SerializeToString()
    assert listed.fault(memoryview(graph)) == ""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    together = scored(session, ROWS, list(range(40)))
    assert together.dtype == np.float32
    assert together.sum(axis=1) == pytest.approx(1, abs=CLOSE)
    assert np.abs(together - expected).max() < CLOSE
    alone = np.concatenate([scored(session, ROWS, [at]) for at in range(40)])
    assert np.abs(alone - together).max() < CLOSE
