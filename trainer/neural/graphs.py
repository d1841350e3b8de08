"""A trained network as an ONNX graph: token numbers and mask, int64[texts, tokens] → probabilities, float32[texts, classes].

Our own graphs where we have them (BERT, GRU, LSTM), which a test holds against PyTorch; for every other architecture PyTorch's exporter.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 18
"""Of what PyTorch exports."""
BERT = "bert"


def graph_of(network: Any) -> "ModelProto":
    """The graph of a network, with pooling and softmax inside."""
    from trainer.encoder.head import Head, with_head
    from trainer.neural.networks import Features, Probabilities, Recurrent, Transformer
    from trainer.neural.recurrent_graph import recurrent_graph

    network.to("cpu").eval()
    if isinstance(network, Recurrent):
        features = recurrent_graph(network)
    elif isinstance(network, Transformer):
        features = _of_bert(network.body) if _is_plain_bert(network.body) else _exported(Features(network), network.pad)
    else:
        return _exported(Probabilities(network), network.pad)
    weights, biases = (each.detach().numpy() for each in (network.head.weight, network.head.bias))
    return with_head(features, Head(weights, biases))


def _is_plain_bert(body: Any) -> bool:
    config = body.config
    return config.model_type == BERT and config.hidden_act == "gelu" and not getattr(config, "is_decoder", False)


def _of_bert(body: Any) -> "ModelProto":
    from trainer.encoder import bert
    from trainer.encoder.packages import Encoder

    tensors = {name: each.detach().float().numpy() for name, each in body.state_dict().items()}
    return bert.graph(Encoder(BERT, "", tensors, body.config.to_dict(), b""))


def _exported(module: Any, pad: int) -> "ModelProto":
    """By PyTorch; its one output is the module's."""
    import contextlib
    import io
    import logging
    import warnings

    import torch

    from sentistream.scoring.onnx.session import MASK, TOKENS

    tokens = torch.full((2, 9), pad + 1)
    mask = torch.ones_like(tokens)
    mask[1, 5:] = 0
    size = {0: torch.export.Dim("texts", min=1), 1: torch.export.Dim("width", min=1)}
    # It announces on both streams what a test holds against PyTorch.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    module.eval()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            (tokens, mask),
            dynamo=True,
            input_names=[TOKENS, MASK],
            output_names=[module.output],
            dynamic_shapes=(size, size),
            opset_version=OPSET,
        )
    return _plain(program.model_proto)


def _plain(model: "ModelProto") -> "ModelProto":
    """Without what the exporter notes of this machine, and with its products of rows in the form that calibration knows."""
    from onnx import helper

    for each in (model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.value_info):
        each.ClearField("doc_string")
        each.ClearField("metadata_props")
    nodes = list(model.graph.node)
    del model.graph.node[:]
    constants = {each.name: each for each in model.graph.initializer}
    for node in nodes:
        model.graph.node.extend(_product(node, constants, model, helper) if node.op_type == "Gemm" else [node])
    return model


def _product(node: Any, constants: dict[str, Any], model: Any, helper: Any) -> list[Any]:
    """A Gemm over constant weights as MatMul and Add: in 8 bits it sums whole numbers, in whatever order."""
    import numpy as np
    from onnx import numpy_helper

    how = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    given, weights, *bias = node.input
    is_plain = how.get("alpha", 1.0) == how.get("beta", 1.0) == 1.0 and not how.get("transA", 0)
    if weights not in constants or not is_plain:
        return [node]
    name, output = f"{weights}.by_rows", node.output[0]
    if name not in constants:
        value = numpy_helper.to_array(constants[weights])
        constants[name] = numpy_helper.from_array(
            np.ascontiguousarray(value.T if how.get("transB", 0) else value), name
        )
        model.graph.initializer.append(constants[name])
    if not bias:
        return [helper.make_node("MatMul", [given, name], [output], output)]
    product = f"{output}.product"
    return [
        helper.make_node("MatMul", [given, name], [product], product),
        helper.make_node("Add", [product, *bias], [output], output),
    ]
