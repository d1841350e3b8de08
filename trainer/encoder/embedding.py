"""Texts' features by an encoder's graph, on all cores."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from onnx import ModelProto

from sentistream.scoring.onnx import padded, session
from trainer.encoder.bert import FEATURES


def features(graph: ModelProto, tokens: Sequence[Sequence[int]], pad_id: int) -> npt.NDArray[np.float32]:
    """Texts as tokens → float32[texts, features]."""
    import onnxruntime

    running = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    width = graph.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    found = np.empty((len(tokens), width), np.float32)
    for batch in padded.batches(tokens, pad_id):
        [found[batch.rows]] = running.run([FEATURES], {session.TOKENS: batch.tokens, session.MASK: batch.mask})
    return found
