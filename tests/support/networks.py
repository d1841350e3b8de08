"""Small networks and texts that a test can train in a second; PyTorch is needed."""

import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trainer.neural.batches import Encoded

WORDS = 200
"""Of the invented language; the first three are what fills up, what is unknown and what begins."""
FILLING, UNKNOWN = "[PAD]", "[UNK]"
GOOD, BAD = 10, 11
"""One of them is in each text, and is its class."""


def need_torch() -> None:
    """Skip the module that asks, by name, where the extra is not installed."""
    lacking = [name for name in ("torch", "onnx", "onnxruntime", "transformers") if find_spec(name) is None]
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)} (the extra neural)", allow_module_level=True)


def environment() -> dict[str, str]:
    """Of a command that trains a network beside other tests: the hub is asked for nothing."""
    return {**os.environ, "HF_HUB_OFFLINE": "1"}


def texts(number: int, seed: int = 1) -> Encoded:
    """Random words around the one that decides."""
    drawn = np.random.default_rng(seed)
    classes = drawn.integers(0, 2, number)
    ids = []
    for each in classes:
        words = drawn.integers(20, WORDS, drawn.integers(1, 20))
        words[drawn.integers(len(words))] = (BAD, GOOD)[each]
        ids.append(np.concatenate([[2], words]).astype(np.int64))
    return Encoded(ids, classes.astype(np.int64))


def saved_encoder(folder: Path, classes: dict[int, str] | None = None, words: int = WORDS) -> Path:
    """A BERT of two narrow layers with its tokenizer, as the library saves it; with `classes` one that classifies already."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(1)
    sizes: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = BertConfig(vocab_size=words, intermediate_size=64, max_position_embeddings=64, **sizes)
    if classes is None:
        BertModel(config).save_pretrained(folder)
    else:
        config.id2label, config.label2id = classes, {name: at for at, name in classes.items()}
        BertForSequenceClassification(config).save_pretrained(folder)
    known = {FILLING: 0, UNKNOWN: 1, "[CLS]": 2, "good": GOOD, "bad": BAD}
    known |= {f"word{at}": at for at in range(WORDS) if at not in known.values()}
    made = Tokenizer(models.WordLevel(known, unk_token=UNKNOWN))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    PreTrainedTokenizerFast(tokenizer_object=made, pad_token=FILLING, unk_token=UNKNOWN).save_pretrained(folder)
    return folder


def saved_classifier(folder: Path, classes: dict[int, str]) -> Path:
    """One of two classes that was trained on such texts: its class 0 is that of GOOD."""
    from trainer.neural import pretrained
    from trainer.neural.checkpoint import Checkpoint
    from trainer.neural.encoders import Encoder
    from trainer.neural.fitting import fit
    from trainer.neural.place import Place
    from trainer.neural.recipe import Recipe

    saved_encoder(folder, classes)
    network = pretrained.ready(Encoder(str(folder), folder, "")).network
    rows = texts(600)
    exchanged = Encoded(rows.ids, 1 - rows.classes)
    recipe = Recipe(epochs=6, learning_rate=2e-3)
    fit(network, exchanged, 2, recipe, Place("cpu"), Checkpoint(folder / "checkpoint"), lambda progress: None)
    network.model.save_pretrained(folder)
    return folder


def copied(model: Path, into: Path) -> Path:
    """To be spoilt."""
    return Path(shutil.copytree(model, into))


def with_classes(folder: Path, classes: dict[int, str]) -> None:
    """Other names than it has scores."""
    config = json.loads((folder / "config.json").read_text())
    config["id2label"], config["label2id"] = classes, {name: at for at, name in classes.items()}
    (folder / "config.json").write_text(json.dumps(config))


def without_head(folder: Path) -> None:
    """Its encoder alone."""
    from safetensors.torch import load_file, save_file

    file = folder / "model.safetensors"
    kept = {name: each for name, each in load_file(file).items() if not name.startswith("classifier")}
    save_file(kept, file, metadata={"format": "pt"})


def with_more_words(folder: Path) -> None:
    """A tokenizer that knows a word more than the model."""
    file = folder / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    tokenizer["model"]["vocab"]["one-more"] = WORDS
    file.write_text(json.dumps(tokenizer))
