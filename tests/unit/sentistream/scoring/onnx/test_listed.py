"""A hostile ONNX file is refused as data, before anything runs it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper

from sentistream.scoring.onnx import listed
from tests.support import graphs


def fault(model: ModelProto) -> str:
    return listed.fault(memoryview(model.SerializeToString()))


def changed() -> ModelProto:
    model = ModelProto()
    model.CopyFrom(graphs.graph())
    return model


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_what_the_trainer_writes_is_on_the_list(precision: str) -> None:
    assert fault(graphs.graph(precision)) == ""


def test_weights_in_another_file_are_refused() -> None:
    model = changed()
    entry = model.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL
    assert fault(model) == "has weights in another file (external data)"


def test_a_constant_in_another_file_is_refused() -> None:
    model = changed()
    tensor = numpy_helper.from_array(np.zeros(2, np.float32), "zeros")
    tensor.data_location = TensorProto.EXTERNAL
    model.graph.node.append(helper.make_node("Constant", [], ["zeros"], value=tensor))
    assert fault(model) == "has weights in another file (external data)"


def test_a_custom_operator_is_refused_by_its_name() -> None:
    model = changed()
    model.graph.node.append(helper.make_node("PyOp", ["input_ids"], ["out"], domain="ai.onnx.contrib"))
    assert fault(model).startswith("has the custom operator ai.onnx.contrib.PyOp")


def test_scales_that_a_batch_finds_for_itself_are_refused() -> None:
    model = changed()
    model.graph.node.append(helper.make_node("DynamicQuantizeLinear", ["features"], ["a", "b", "c"]))
    assert "depends on the others of its batch" in fault(model)


def test_a_loop_a_branch_and_a_function_are_refused() -> None:
    body = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "body", [], [])
    looping, branching, functional = changed(), changed(), changed()
    looping.graph.node.append(helper.make_node("Loop", ["", ""], ["out"]))
    branching.graph.node.append(helper.make_node("Identity", ["features"], ["out"], body=body))
    functional.functions.append(helper.make_function("", "f", [], [], [], [helper.make_opsetid("", 17)]))
    assert fault(looping) == "has the operator Loop, which is not on the list"
    assert fault(branching) == "has a node with a graph of its own"
    assert fault(functional) == "holds functions or training steps of its own"


def test_a_standard_that_came_later_is_refused() -> None:
    model = changed()
    model.opset_import[0].version = listed.NEWEST_OPSET + 1
    assert "is written for version 24 of the standard" in fault(model)


def test_a_file_that_is_cut_off_or_none_is_refused() -> None:
    whole = graphs.graph().SerializeToString()
    assert listed.fault(memoryview(whole[: len(whole) // 2])) == "is no ONNX file: it is cut off"
    assert listed.fault(memoryview(b"")) == "is no ONNX file: it holds 0 graphs"
    assert listed.fault(memoryview(b"PK\x03\x04 not at all")).startswith("is no ONNX file")


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(foreign: bytes) -> None:
    assert listed.fault(memoryview(foreign))
