"""BERT's graph gives what BERT gives, and 8 bits nearly the same."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sentistream.scoring.golden import TEXTS
from tests.support import graphs
from trainer.encoder import bert, embedding, written


def reference(tokens: Sequence[int]) -> npt.NDArray[np.float64]:
    """Devlin et al. 2019 in NumPy: one text, nothing filled up."""
    from scipy.special import erf

    given, config = {name: each.astype(np.float64) for name, each in graphs.encoder().tensors.items()}, graphs.CONFIG

    def dense(value: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
        return value @ given[f"{name}.weight"].T + given[f"{name}.bias"]

    def norm(value: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
        spread = np.sqrt(value.var(axis=-1, keepdims=True) + config["layer_norm_eps"])
        scaled = (value - value.mean(axis=-1, keepdims=True)) / spread
        return np.asarray(scaled * given[f"{name}.weight"] + given[f"{name}.bias"])

    words, places = given["embeddings.word_embeddings.weight"], given["embeddings.position_embeddings.weight"]
    hidden = words[list(tokens)] + places[: len(tokens)] + given["embeddings.token_type_embeddings.weight"][0]
    hidden = norm(hidden, "embeddings.LayerNorm")
    heads = config["num_attention_heads"]
    for number in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{number}"
        query, key, value = (
            dense(hidden, f"{at}.attention.self.{part}").reshape(len(tokens), heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        raised = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1]))
        attended = (raised / raised.sum(axis=-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(tokens), -1)
        hidden = norm(hidden + dense(attended, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
        wide = dense(hidden, f"{at}.intermediate.dense")
        wide = wide * (1 + erf(wide / np.sqrt(2))) / 2
        hidden = norm(hidden + dense(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    return np.asarray(hidden.mean(axis=0))


def test_the_graph_gives_what_the_published_network_gives() -> None:
    tokens = graphs.tokens(TEXTS)
    found = embedding.features(bert.graph(graphs.encoder()), tokens, 0)
    expected = np.array([reference(each) for each in tokens])
    assert np.abs(found - expected).max() < 1e-5


def test_eight_bits_change_little() -> None:
    tokens = graphs.tokens(TEXTS)
    whole = bert.graph(graphs.encoder())
    exact, fixed = (embedding.features(graph, tokens, 0) for graph in (whole, written.in_int8(whole, tokens, 0)))
    assert 0 < np.abs(fixed - exact).mean() < 0.05 * exact.std()
