"""Pretrained models by Hugging Face's library: an encoder that gets a new head, or a ready model with its own. No code of theirs is run."""

from dataclasses import dataclass
from typing import Any

from sentistream.errors import UserError, said
from sentistream.terminal import shown
from trainer.neural.encoders import Encoder

POOLERS = ("pooler.",)
"""Weights that a checkpoint may lack: we take the mean of the last layer."""


@dataclass(frozen=True)
class Pretrained:
    """A model with what belongs to it."""

    network: Any
    """Token numbers and mask → scores."""
    tokenizer: str
    """`tokenizer.json`."""
    pad: int
    longest: int
    """Tokens that it has positions for."""
    names: tuple[str, ...] = ()
    """Of a ready model's classes, by their numbers."""


def encoder(found: Encoder, classes: int, seed: int) -> Pretrained:
    """An encoder with a new head for so many classes, drawn by the seed.

    Raises:
        UserError: it can't be loaded, or its tokenizer does not fit.
    """
    import torch
    from transformers import AutoModel

    from trainer.neural.networks import Transformer

    body = _loaded(AutoModel, found)
    tokenizer, pad = _tokenizer(found, body)
    torch.manual_seed(seed)
    network = Transformer(body, int(body.config.hidden_size), classes, pad)
    return Pretrained(network, tokenizer, pad, _positions(body))


def ready(found: Encoder) -> Pretrained:
    """A model that classifies already.

    Raises:
        UserError: it can't be loaded, has no head that was trained, or its tokenizer does not fit.
    """
    from transformers import AutoModelForSequenceClassification

    from trainer.neural.networks import Ready

    model = _loaded(AutoModelForSequenceClassification, found)
    tokenizer, pad = _tokenizer(found, model)
    names = model.config.id2label
    if sorted(names) != list(range(model.config.num_labels)):
        raise UserError(
            f"--encoder {shown(found.name)}: it has {model.config.num_labels} scores and {len(names)} class names."
        )
    listed = tuple(str(names[at]) for at in range(len(names)))
    return Pretrained(Ready(model, pad), tokenizer, pad, _positions(model), listed)


def _loaded(kind: Any, found: Encoder) -> Any:
    import torch
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        model, told = kind.from_pretrained(
            found.folder,
            dtype=torch.float32,
            attn_implementation="eager",
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
        )
    except Exception as failure:  # many kinds, of several libraries
        raise UserError(f"--encoder {shown(found.name)} can't be loaded: {shown(said(failure))}") from failure
    missing = [name for name in told["missing_keys"] if not any(each in name for each in POOLERS)]
    if missing or told["mismatched_keys"]:
        named = shown(str((missing or [each[0] for each in told["mismatched_keys"]])[0]), 80)
        raise UserError(
            f"--encoder {shown(found.name)}: its files hold no fitting weights for {named}, so that it would score by chance."
        )
    return model.eval()


def _tokenizer(found: Encoder, model: Any) -> tuple[str, int]:
    """Its `tokenizer.json`, and the token that fills up."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            found.folder, use_fast=True, trust_remote_code=False, local_files_only=True
        )
        made = tokenizer.backend_tokenizer
    except Exception as failure:  # many kinds, of several libraries
        raise UserError(
            f"--encoder {shown(found.name)} has no tokenizer that can be used: {shown(said(failure))}"
        ) from failure
    rows = int(model.get_input_embeddings().weight.shape[0])
    most = max(made.get_vocab(with_added_tokens=True).values(), default=0)
    if most >= rows:
        raise UserError(
            f"--encoder {shown(found.name)}: its tokenizer does not fit: it has tokens up to {most:,}, the model knows {rows:,}."
        )
    made.no_padding()
    made.no_truncation()
    pad = tokenizer.pad_token_id
    return made.to_str(), int(pad if pad is not None else 0)


def _positions(model: Any) -> int:
    """Tokens of the longest text."""
    config = model.config
    most = int(getattr(config, "max_position_embeddings", 512) or 512)
    # RoBERTa and its kin count positions from the one behind the token that fills up.
    offset = int(getattr(config, "pad_token_id", 0) or 0) + 1 if "roberta" in str(config.model_type) else 0
    return most - offset
