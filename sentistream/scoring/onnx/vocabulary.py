"""`tokenizer.json`, as Hugging Face's library writes it: held against what may be in it, then read by that library."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orjson

from sentistream.terminal import shown

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# One thread for each thread of ours, and no warning after a fork.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

NAME = "tokenizer.json"
MOST_BYTES = 64 << 20
MODELS = ("WordPiece", "WordLevel", "BPE", "Unigram")
PATTERNS = (" {2,}", r"\s+", r"[^\s]+", r"\S+")
"""Regular expressions that a version may bring: backtracking ones of a stranger's could take for ever on some text."""


def fault(written: bytes) -> str:
    """What is wrong with a tokenizer's file, to go on after "its tokenizer.json "; nothing where it may be read."""
    if len(written) > MOST_BYTES:
        return f"has {len(written) >> 20} MiB, at most {MOST_BYTES >> 20} are taken"
    try:
        stored = orjson.loads(written)
        kind = stored["model"].get("type", "BPE")
    except (ValueError, TypeError, KeyError, AttributeError):
        return "is no tokenizer"
    if kind not in MODELS:
        return f"is of the kind {shown(str(kind), 40)}, and must be of {', '.join(MODELS)}"
    steps = [stored.get(name) for name in ("normalizer", "pre_tokenizer", "post_processor", "decoder")]
    strange = next((each for each in _patterns(steps) if each not in PATTERNS), None)
    return "" if strange is None else f"has a regular expression of its own, {shown(strange, 80)}"


def read(written: bytes, longest: int) -> "Tokenizer":
    """The tokenizer, which cuts a text off after so many tokens and fills nothing up.

    Raises:
        ValueError: it is none, or needs more than so many for an empty text.
    """
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_buffer(written)
        made.no_padding()
        made.enable_truncation(longest)
    except Exception as odd:  # the library raises bare ones
        raise ValueError(str(odd)) from odd
    return made


def _patterns(held: Any) -> Iterator[str]:
    """Every regular expression below a value."""
    if isinstance(held, dict):
        if "Regex" in held:
            yield str(held["Regex"])
        for each in held.values():
            yield from _patterns(each)
    elif isinstance(held, list):
        for each in held:
            yield from _patterns(each)
