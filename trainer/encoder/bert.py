"""BERT as a graph, from the names that its weights have in every checkpoint (Devlin et al. 2019), up to the mean of its last layer.

Nothing in it looks across texts: a text's features are the same beside any others (docs/design.md, invariant 1).
"""

from typing import Any

import numpy as np
from onnx import ModelProto

from sentistream.errors import UserError
from sentistream.scoring.onnx.session import MASK, TOKENS
from trainer.encoder.nodes import Nodes
from trainer.encoder.packages import Encoder, Tensors

FEATURES = "features"
"""The output: float32[texts, hidden]."""
MASKED = -1e9
"""Added to what attention must not look at; its share is 0 then, exactly."""


def graph(encoder: Encoder) -> ModelProto:
    """An encoder's graph.

    Raises:
        UserError: it is no BERT, or lacks a weight.
    """
    config = encoder.config
    if config.get("model_type") != "bert" or config.get("hidden_act", "gelu") != "gelu":
        raise UserError(
            f"{encoder.name} is a {config.get('model_type')} with {config.get('hidden_act')}: only BERT's graph is built without torch."
        )
    prefix = "bert." if any(name.startswith("bert.") for name in encoder.tensors) else ""
    tensors = {name.removeprefix(prefix): each for name, each in encoder.tensors.items()}
    try:
        return _graph(tensors, config)
    except KeyError as lacking:
        raise UserError(f"{encoder.name} lacks {lacking}.") from lacking


def _graph(tensors: Tensors, config: dict[str, Any]) -> ModelProto:
    made = _Bert(tensors, config)
    hidden = made.embedded()
    for number in range(int(config["num_hidden_layers"])):
        hidden = made.layer(hidden, f"encoder.layer.{number}")
    made.mean(hidden)
    return made.nodes.model(FEATURES, int(config["hidden_size"]))


class _Bert:
    def __init__(self, tensors: Tensors, config: dict[str, Any]) -> None:
        self.nodes = Nodes()
        self._tensors = tensors
        self._hidden = int(config["hidden_size"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        self._constants()

    def _constants(self) -> None:
        add, weight = self.nodes.add, self.nodes.weight
        size = self._hidden // self._heads
        weight("heads", [0, 0, self._heads, size], np.int64)
        weight("joined", [0, 0, self._hidden], np.int64)
        weight("one", 1.0)
        weight("half", 0.5)
        weight("root", np.sqrt(2.0))
        weight("masked", MASKED)
        weight("first", [1], np.int64)
        weight("last", [2], np.int64)
        weight("start", [0], np.int64)
        mask = add("Cast", MASK, name="mask", to=1)
        # [texts, 1, 1, width]: added to what each head gives to each token.
        weight("between", [1, 2], np.int64)
        add("Mul", add("Sub", "one", add("Unsqueeze", mask, "between")), "masked", name="unseen")

    def embedded(self) -> str:
        """Words, places and the one kind of sentence."""
        add, weight = self.nodes.add, self.nodes.weight
        words = weight("words", self._tensors["embeddings.word_embeddings.weight"])
        # The kind of the first sentence is the same everywhere.
        places = (
            self._tensors["embeddings.position_embeddings.weight"]
            + self._tensors["embeddings.token_type_embeddings.weight"][0]
        )
        width = add("Slice", add("Shape", TOKENS), "first", "last", "start", name="width")
        held = add("Slice", weight("places", places), "start", width, "start", name="places_held")
        return self._normed(add("Add", add("Gather", words, TOKENS, name="words_held"), held), "embeddings.LayerNorm")

    def layer(self, hidden: str, at: str) -> str:
        """Attention and two dense steps, each added to what was there."""
        add = self.nodes.add
        attended = self._dense(self._attention(hidden, f"{at}.attention.self"), f"{at}.attention.output.dense")
        hidden = self._normed(add("Add", attended, hidden), f"{at}.attention.output.LayerNorm")
        wide = self._gelu(self._dense(hidden, f"{at}.intermediate.dense"))
        return self._normed(add("Add", self._dense(wide, f"{at}.output.dense"), hidden), f"{at}.output.LayerNorm")

    def mean(self, hidden: str) -> None:
        """The mean of the tokens that are there."""
        add = self.nodes.add
        # A product for each text: a sum over the second of three dimensions is cut otherwise where there is one text.
        total = add("Squeeze", add("MatMul", add("Unsqueeze", "mask", "first"), hidden), "first")
        add("Div", total, add("ReduceSum", "mask", "first", keepdims=1), name=FEATURES)

    def _attention(self, hidden: str, at: str) -> str:
        add = self.nodes.add
        scale = 1 / np.sqrt(self._hidden // self._heads)
        # Query, key and value by one product, the query scaled beforehand.
        parts = [(part, scale if part == "query" else 1.0) for part in ("query", "key", "value")]
        weights = np.concatenate([self._tensors[f"{at}.{part}.weight"] * by for part, by in parts]).T
        biases = np.concatenate([self._tensors[f"{at}.{part}.bias"] * by for part, by in parts])
        product = self._product(hidden, f"{at}.qkv", weights, biases)
        split = add("Split", product, name=f"{at}.split", outputs=3, axis=-1)
        query, value = (self._by_head(f"{split}.{number}", [0, 2, 1, 3]) for number in (0, 2))
        key = self._by_head(f"{split}.1", [0, 2, 3, 1])
        shares = add("Softmax", add("Add", add("MatMul", query, key), "unseen"), axis=-1)
        joined = add("Transpose", add("MatMul", shares, value), perm=[0, 2, 1, 3])
        return add("Reshape", joined, "joined")

    def _by_head(self, each: str, order: list[int]) -> str:
        return self.nodes.add("Transpose", self.nodes.add("Reshape", each, "heads"), perm=order)

    def _dense(self, given: str, at: str) -> str:
        return self._product(given, at, self._tensors[f"{at}.weight"].T, self._tensors[f"{at}.bias"])

    def _product(self, given: str, at: str, weights: Any, biases: Any) -> str:
        add, weight = self.nodes.add, self.nodes.weight
        product = add("MatMul", given, weight(f"{at}.weight", weights), name=f"{at}.product")
        return add("Add", product, weight(f"{at}.bias", biases))

    def _normed(self, given: str, at: str) -> str:
        scale, bias = (self.nodes.weight(f"{at}.{part}", self._tensors[f"{at}.{part}"]) for part in ("weight", "bias"))
        return self.nodes.add("LayerNormalization", given, scale, bias, axis=-1, epsilon=self._epsilon)

    def _gelu(self, given: str) -> str:
        add = self.nodes.add
        upper = add("Add", add("Erf", add("Div", given, "root")), "one")
        return add("Mul", add("Mul", given, upper), "half")
