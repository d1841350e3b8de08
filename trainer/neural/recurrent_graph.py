"""A trained GRU or LSTM as an ONNX graph, node by node: `sequence_lens` keeps what fills a text up from being read, so a score does not depend on its batch.

Gates stand in another order there (https://onnx.ai/onnx/operators/onnx__LSTM.html, https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html).
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from onnx import ModelProto

    from trainer.neural.networks import Kind

Floats = npt.NDArray[np.float32]
ORDER: "dict[Kind, tuple[int, ...]]" = {"gru": (1, 0, 2), "lstm": (0, 3, 1, 2)}
"""Of PyTorch's gates in ONNX's order: reset, update, new → update, reset, new; input, forget, cell, output → input, output, forget, cell."""
INT32 = 6
"""onnx.TensorProto.INT32."""


def recurrent_graph(network: Any) -> "ModelProto":
    """The model up to what it remembers of a text: token numbers and mask, int64[texts, tokens] → features float32[texts, numbers]."""
    from sentistream.scoring.onnx.session import MASK, TOKENS
    from trainer.encoder.bert import FEATURES
    from trainer.encoder.nodes import Nodes

    weights = {name: each.detach().cpu().numpy() for name, each in network.state_dict().items()}
    nodes = Nodes()
    add = nodes.add
    nodes.weight("beside", [0, 0, -1], np.int64)
    counted = add("ReduceSum", MASK, nodes.weight("tokens", [1], np.int64), keepdims=0)
    lengths = add("Cast", counted, to=INT32)
    words = nodes.weight("words", weights["embedding.weight"])
    read = add("Gather", words, add("Transpose", TOKENS, perm=[1, 0]))
    layers = len(network.layers)
    for number in range(layers):
        sides = ("", "_reverse") if f"layers.{number}.weight_ih_l0_reverse" in weights else ("",)
        given, remembered, *biases = (
            _stacked(network.kind, weights, f"layers.{number}.{part}_l0", sides)
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        held = {"given": given, "remembered": remembered, "bias": np.concatenate(biases, axis=1)}
        named = [nodes.weight(f"layer.{number}.{name}", value) for name, value in held.items()]
        how: dict[str, Any] = {"hidden_size": remembered.shape[2]}
        how |= {"direction": "bidirectional"} if len(sides) > 1 else {}
        how |= {"linear_before_reset": 1} if network.kind == "gru" else {}
        made = add(network.kind.upper(), read, *named, lengths, name=f"layer.{number}", outputs=2, **how)
        if number < layers - 1:
            # [tokens, directions, texts, numbers] → [tokens, texts, directions · numbers]
            read = add("Reshape", add("Transpose", f"{made}.0", perm=[0, 2, 1, 3]), "beside")
    add("Squeeze", f"{made}.1", nodes.weight("one_direction", [0], np.int64), name=FEATURES)
    return nodes.model(FEATURES, int(remembered.shape[2]))


def _stacked(kind: "Kind", weights: dict[str, Floats], name: str, sides: tuple[str, ...]) -> Floats:
    """[directions, gates · numbers, …] with the gates in ONNX's order."""
    gates = len(ORDER[kind])
    parts = [np.split(weights[name + side], gates) for side in sides]
    return np.stack([np.concatenate([each[gate] for gate in ORDER[kind]]) for each in parts])
