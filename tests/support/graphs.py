"""A transformer of invented words in a millisecond: two layers of random weights, a head that knows the probe's sentences."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from sentistream.contracts.labels import POLAR
from sentistream.contracts.model_version import ONNX
from sentistream.scoring import golden
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.model import OnnxModel
from sentistream.scoring.onnx.normalisation import TWEETS
from sentistream.scoring.probe_sentences import ENGLISH, texts
from trainer.encoder import bert, calibration, embedding, head, written
from trainer.encoder.nodes import OPSET
from trainer.encoder.packages import Encoder, Tensors

LONGEST, HIDDEN, LAYERS, INNER = 64, 32, 2, 64
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CONFIG: dict[str, Any] = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "intermediate_size": INNER,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": LONGEST,
}


def vocabulary() -> dict[str, int]:
    words = sorted({word.lower() for text in texts(ENGLISH) for word in text.split()})
    letters = [chr(each) for each in range(ord("a"), ord("z") + 1)]
    every = dict.fromkeys([*SPECIAL, *letters, *(f"##{each}" for each in letters), *words])
    return {word: at for at, word in enumerate(every)}


def tokenizer() -> bytes:
    words = vocabulary()
    made = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))  # noqa: S106 - a token of a vocabulary
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(name, words[name]) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    return made.to_str().encode()


@cache
def encoder() -> Encoder:
    rng = np.random.default_rng(3)
    tensors: Tensors = {}

    def dense(name: str, rows: int, columns: int) -> None:
        tensors[f"{name}.weight"] = rng.normal(0, 0.2, (rows, columns)).astype(np.float32)
        tensors[f"{name}.bias"] = rng.normal(0, 0.1, rows).astype(np.float32)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"] = rng.normal(1, 0.1, HIDDEN).astype(np.float32)
        tensors[f"{name}.bias"] = rng.normal(0, 0.1, HIDDEN).astype(np.float32)

    for name, rows in (("word", len(vocabulary())), ("position", LONGEST), ("token_type", 2)):
        tensors[f"embeddings.{name}_embeddings.weight"] = rng.normal(0, 0.5, (rows, HIDDEN)).astype(np.float32)
    norm("embeddings.LayerNorm")
    for number in range(LAYERS):
        at = f"encoder.layer.{number}"
        for part in ("query", "key", "value"):
            dense(f"{at}.attention.self.{part}", HIDDEN, HIDDEN)
        dense(f"{at}.attention.output.dense", HIDDEN, HIDDEN)
        norm(f"{at}.attention.output.LayerNorm")
        dense(f"{at}.intermediate.dense", INNER, HIDDEN)
        dense(f"{at}.output.dense", HIDDEN, INNER)
        norm(f"{at}.output.LayerNorm")
    return Encoder("invented", "MIT", tensors, CONFIG, tokenizer())


def tokens(given: Sequence[str]) -> list[list[int]]:
    return written.tokens(tokenizer(), given, TWEETS, LONGEST)


@cache
def graph(precision: str = "int8", sign: int = 1) -> ModelProto:
    """From tokens to probabilities of negative and positive; with the other sign, exchanged."""
    sentences = texts(ENGLISH)
    whole = bert.graph(encoder())
    if precision == "int8":
        whole = written.in_int8(whole, tokens(golden.TEXTS), 0)
    features = embedding.features(whole, tokens(sentences), 0)
    labels = (np.arange(len(sentences)) < len(sentences) // 2).astype(np.int64)
    fitted = head.fit(features, labels, 2, 0.01, False)
    return head.with_head(whole, head.Head(sign * fitted.weights, sign * fitted.biases))


def three_columns() -> ModelProto:
    """A graph of three classes."""
    none = np.zeros((3, HIDDEN), np.float32)
    return head.with_head(bert.graph(encoder()), head.Head(none, np.zeros(3, np.float32)))


def described(precision: str = "int8", classes: tuple[str, ...] = POLAR) -> Description:
    fixed_by = calibration.sha256(golden.TEXTS) if precision == "int8" else ""
    return Description(TWEETS, LONGEST, classes, precision, OPSET, 0, fixed_by)


def write(folder: Path, precision: str = "int8", sign: int = 1, classes: tuple[str, ...] = POLAR) -> OnnxModel:
    """A version's files below a folder, with golden scores, as the trainer writes them."""
    model = written.write(folder / ONNX, graph(precision, sign), tokenizer(), described(precision, classes))
    golden.write(folder, lambda given: model.score(model.normalised(given)))
    return model
