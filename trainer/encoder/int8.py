"""A graph in 8 bits with fixed scales, by operators of the standard: the same bits for a text, whatever it stands beside, on every processor.

Weights have 7 bits and a sign, columns of one scale each: without VNNI a processor adds two products of 8 bits by 8 in 16 bits, which can overflow. What is
given has 8 bits without a sign, by the scale that calibration found. Everything between products stays float32.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from trainer.encoder.calibration import Range, products

MOST_WEIGHT = 63
"""255 · 63 · 2 < 2¹⁵."""
MOST_GIVEN = 255
LARGE_TABLE = 1 << 20
"""Entries from which a table that is only looked up is kept in 8 bits, too: a quarter of the memory."""
MOST_ENTRY = 127


def quantised(model: ModelProto, ranges: Mapping[str, Range]) -> ModelProto:
    """The graph with every product of constant weights, and every large table, in 8 bits.

    Args:
        model: a graph in float32.
        ranges: of what its products are given (`calibration.ranges`).
    """
    work = _Quantisation(model, ranges)
    made = ModelProto()
    made.CopyFrom(model)
    del made.graph.node[:], made.graph.initializer[:]
    for node in model.graph.node:
        made.graph.node.extend(work.of(node))
    used = {name for node in made.graph.node for name in node.input}
    made.graph.initializer.extend(each for each in model.graph.initializer if each.name in used)
    made.graph.initializer.extend(work.constants)
    return made


class _Quantisation:
    def __init__(self, model: ModelProto, ranges: Mapping[str, Range]) -> None:
        self.constants: list[TensorProto] = []
        self._held = {each.name: each for each in model.graph.initializer}
        self._products = set(products(model))
        self._ranges = ranges
        self._given: dict[str, float] = {}
        """Scale of what was brought into 8 bits already."""

    def of(self, node: NodeProto) -> list[NodeProto]:
        """What takes a node's place."""
        if node.op_type == "MatMul" and tuple(node.input) in self._products:
            return self._product(node)
        if node.op_type == "Gather" and node.input[0] in self._held and self._is_large(self._held[node.input[0]]):
            return self._table(node)
        return [node]

    @staticmethod
    def _is_large(table: TensorProto) -> bool:
        return (
            len(table.dims) == 2
            and table.data_type == TensorProto.FLOAT
            and table.dims[0] * table.dims[1] >= LARGE_TABLE
        )

    def _product(self, node: NodeProto) -> list[NodeProto]:
        given, weights, output = node.input[0], numpy_helper.to_array(self._held[node.input[1]]), node.output[0]
        made: list[NodeProto] = []
        if given not in self._given:
            low, high = self._ranges[given]
            scale = max(high - low, 1e-6) / MOST_GIVEN
            self._given[given] = scale
            names = [
                self._constant(f"{given}.scale", scale),
                self._constant(f"{given}.zero", round(-low / scale), np.uint8),
            ]
            made.append(helper.make_node("QuantizeLinear", [given, *names], [f"{given}.int8"], f"{given}.int8"))
        columns = np.maximum(np.abs(weights).max(axis=0), 1e-12) / MOST_WEIGHT
        fixed = self._constant(f"{output}.weight", np.round(weights / columns), np.int8)
        scales = self._constant(f"{output}.scale", columns * self._given[given])
        whole, real = f"{output}.int32", f"{output}.real"
        return [
            *made,
            helper.make_node("MatMulInteger", [f"{given}.int8", fixed, f"{given}.zero"], [whole], whole),
            helper.make_node("Cast", [whole], [real], real, to=TensorProto.FLOAT),
            helper.make_node("Mul", [real, scales], [output], output),
        ]

    def _table(self, node: NodeProto) -> list[NodeProto]:
        table, output = numpy_helper.to_array(self._held[node.input[0]]), node.output[0]
        rows = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12) / MOST_ENTRY
        entries = self._constant(f"{output}.table", np.round(table / rows), np.int8)
        scales = self._constant(f"{output}.scale", rows)
        whole, real, by = f"{output}.int8", f"{output}.real", f"{output}.by"
        return [
            helper.make_node("Gather", [entries, node.input[1]], [whole], whole, axis=0),
            helper.make_node("Cast", [whole], [real], real, to=TensorProto.FLOAT),
            helper.make_node("Gather", [scales, node.input[1]], [by], by, axis=0),
            helper.make_node("Mul", [real, by], [output], output),
        ]

    def _constant(self, name: str, value: npt.ArrayLike, kind: Any = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name
