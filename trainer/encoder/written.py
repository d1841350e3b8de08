"""A version's `onnx/` folder, whoever made its graph: `model.onnx`, `tokenizer.json`, `text.json`."""

from collections.abc import Sequence
from pathlib import Path

from onnx import ModelProto

from sentistream.errors import UserError
from sentistream.scoring.onnx import description, listed, padded, vocabulary
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.model import GRAPH, OnnxModel
from sentistream.scoring.onnx.normalisation import Rule, normalised
from sentistream.scoring.onnx.padded import Batch
from trainer.encoder import calibration, int8


def write(folder: Path, graph: ModelProto, tokenizer: bytes, described: Description) -> OnnxModel:
    """Write the three files into a new folder; the model that they are.

    Raises:
        UserError: they are none that would be served.
    """
    encoded = graph.SerializeToString(deterministic=True)
    for name, wrong in ((GRAPH, listed.fault(memoryview(encoded))), (vocabulary.NAME, vocabulary.fault(tokenizer))):
        if wrong:
            raise UserError(f"The version's {name} {wrong}.")
    folder.mkdir(parents=True)
    (folder / GRAPH).write_bytes(encoded)
    (folder / vocabulary.NAME).write_bytes(tokenizer)
    (folder / description.NAME).write_bytes(described.encoded)
    return OnnxModel(folder, described)


def opset(graph: ModelProto) -> int:
    """Of the standard's operators that a graph is written in."""
    return next(int(each.version) for each in graph.opset_import if each.domain in listed.STANDARD)


def tokens(tokenizer: bytes, texts: Sequence[str], rules: Sequence[Rule], longest: int) -> list[list[int]]:
    """Texts as the version will have them.

    Raises:
        UserError: the tokenizer is none.
    """
    try:
        made = vocabulary.read(tokenizer, longest)
    except ValueError as odd:
        raise UserError(f"The encoder's {vocabulary.NAME} is no tokenizer: {odd}") from odd
    return [each.ids for each in made.encode_batch_fast([normalised(text, rules) for text in texts])]


def in_int8(graph: ModelProto, unlabelled: Sequence[Sequence[int]], pad_id: int) -> ModelProto:
    """A float32 graph in 8 bits, its scales fixed by unlabelled training texts as tokens."""
    batches: list[Batch] = list(padded.batches(unlabelled, pad_id))
    return int8.quantised(graph, calibration.ranges(graph, batches))
