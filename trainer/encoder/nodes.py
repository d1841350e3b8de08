"""Nodes and weights of a graph while it is put together."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from sentistream import __version__
from sentistream.scoring.onnx.session import MASK, TOKENS

OPSET = 17
"""The first with LayerNormalization."""
IR_VERSION = 8


class Nodes:
    """Each method adds something and gives its name."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def add(self, operator: str, *inputs: str, name: str = "", outputs: int = 1, **attributes: Any) -> str:
        """A node; the name of its output, of several the common beginning."""
        name = name or f"{operator}_{len(self.nodes)}"
        given = [name] if outputs == 1 else [f"{name}.{at}" for at in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, given, name, **attributes))
        return name

    def weight(self, name: str, value: npt.ArrayLike, kind: Any = np.float32) -> str:
        """A constant."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def model(self, output: str, width: int | Sequence[int | str]) -> ModelProto:
        """The graph from tokens and their mask to a float32 output of so many columns."""
        columns = [width] if isinstance(width, int) else list(width)
        taken = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "width"]) for name in (TOKENS, MASK)]
        given = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["texts", *columns])
        graph = helper.make_graph(self.nodes, "sentistream", taken, [given], self.weights)
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph,
            opset_imports=opsets,
            ir_version=IR_VERSION,
            producer_name="sentistream",
            producer_version=__version__,
        )
