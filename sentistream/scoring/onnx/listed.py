"""What a graph may hold: operators of the ONNX standard that compute and end. Read as data, before onnxruntime sees the file.

What is not on the list is refused: an operator of another domain, weights in another file, a loop, a function, an attribute with a graph of its own.
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from collections.abc import Iterator

from sentistream.scoring.onnx.wire import Field, MalformedError, fields
from sentistream.terminal import shown

OPERATORS = frozenset(
    [
        "Abs",
        "Add",
        "And",
        "ArgMax",
        "Cast",
        "Ceil",
        "Clip",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "CumSum",
        "DequantizeLinear",
        "Div",
        "Dropout",
        "Equal",
        "Erf",
        "Exp",
        "Expand",
        "Flatten",
        "Floor",
        "GRU",
        "Gather",
        "GatherElements",
        "GatherND",
        "Gelu",
        "Gemm",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "Greater",
        "GreaterOrEqual",
        "Identity",
        "IsInf",
        "IsNaN",
        "LSTM",
        "LayerNormalization",
        "Less",
        "LessOrEqual",
        "Log",
        "LogSoftmax",
        "MatMul",
        "MatMulInteger",
        "Max",
        "Mean",
        "Min",
        "Mod",
        "Mul",
        "Neg",
        "Not",
        "OneHot",
        "Or",
        "Pad",
        "Pow",
        "QLinearMatMul",
        "QuantizeLinear",
        "RNN",
        "Range",
        "Reciprocal",
        "ReduceMax",
        "ReduceMean",
        "ReduceMin",
        "ReduceSum",
        "ReduceL2",
        "Relu",
        "Reshape",
        "ReverseSequence",
        "ScatterElements",
        "ScatterND",
        "Shape",
        "Sigmoid",
        "Sign",
        "Slice",
        "Softmax",
        "Softplus",
        "Split",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Sum",
        "Tanh",
        "Tile",
        "Transpose",
        "Trilu",
        "Unsqueeze",
        "Where",
        "Xor",
    ]
)
"""Of the standard's own domain."""
DYNAMIC = "DynamicQuantizeLinear"
STANDARD = ("", "ai.onnx")
NEWEST_OPSET = 23
LARGEST_BYTES = 1 << 30

# Numbers of fields in onnx.proto.
MODEL_GRAPH, MODEL_OPSET, MODEL_CODE = 7, 8, (20, 25)
OPSET_DOMAIN, OPSET_VERSION = 1, 2
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_OPERATOR, NODE_ATTRIBUTE, NODE_DOMAIN = 4, 5, 7
ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS, ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14


def fault(model: memoryview) -> str:
    """What is wrong with an ONNX file, to go on after "its model.onnx "; nothing where it may be run."""
    if len(model) > LARGEST_BYTES:
        return f"has {len(model) >> 20} MiB, at most {LARGEST_BYTES >> 20} are taken"
    try:
        return next(_faults(model), "")
    except (MalformedError, UnicodeDecodeError) as odd:
        return f"is no ONNX file: {odd}"


def _faults(model: memoryview) -> Iterator[str]:
    graphs = 0
    for field in fields(model):
        if field.number == MODEL_GRAPH:
            graphs += 1
            yield from _of_graph(field.data)
        elif field.number == MODEL_OPSET:
            yield from _of_opset(field.data)
        elif field.number in MODEL_CODE:
            yield "holds functions or training steps of its own"
    if graphs != 1:
        yield f"is no ONNX file: it holds {graphs} graphs"


def _of_opset(opset: memoryview) -> Iterator[str]:
    domain, version = "", 0
    for field in fields(opset):
        if field.number == OPSET_DOMAIN:
            domain = _text(field)
        elif field.number == OPSET_VERSION:
            version = field.value
    # Exporters name domains that no node uses.
    if domain in STANDARD and version > NEWEST_OPSET:
        yield f"is written for version {version} of the standard's operators, this program knows {NEWEST_OPSET}"


def _of_graph(graph: memoryview) -> Iterator[str]:
    for field in fields(graph):
        if field.number == GRAPH_NODE:
            yield from _of_node(field.data)
        elif field.number == GRAPH_INITIALIZER:
            yield from _of_tensor(field.data)
        elif field.number == GRAPH_SPARSE:
            yield "holds sparse weights"


def _of_node(node: memoryview) -> Iterator[str]:
    operator, domain = "", ""
    for field in fields(node):
        if field.number == NODE_OPERATOR:
            operator = _text(field)
        elif field.number == NODE_DOMAIN:
            domain = _text(field)
        elif field.number == NODE_ATTRIBUTE:
            yield from _of_attribute(field.data)
    if domain not in STANDARD:
        yield f"has the custom operator {shown(f'{domain}.{operator}', 80)}, and only those of the ONNX standard are run"
    elif operator == DYNAMIC:
        yield f"has the operator {DYNAMIC}, by which a text's score depends on the others of its batch: fix its scales by calibration"
    elif operator not in OPERATORS:
        yield f"has the operator {shown(operator, 80)}, which is not on the list"


def _of_attribute(attribute: memoryview) -> Iterator[str]:
    for field in fields(attribute):
        if field.number in ATTRIBUTE_TENSORS:
            yield from _of_tensor(field.data)
        elif field.number in ATTRIBUTE_GRAPHS:
            yield "has a node with a graph of its own"
        elif field.number in ATTRIBUTE_SPARSE:
            yield "holds sparse weights"


def _of_tensor(tensor: memoryview) -> Iterator[str]:
    for field in fields(tensor):
        if field.number == TENSOR_EXTERNAL or (field.number == TENSOR_LOCATION and field.value):
            yield "has weights in another file (external data)"


def _text(field: Field) -> str:
    return bytes(field.data).decode()
