"""Golden scores: what a version said of invented texts where it was made. Where it says something else now, machine or libraries changed it.

`golden.json` lies beside a version's flavour folder, and holds its own texts, so that other ones here later change nothing.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from sentistream.scoring.golden.invented import TEXTS as TEXTS
from sentistream.scoring.sentiment import Probabilities

NAME = "golden.json"
FORMAT = 1
MOST_BYTES = 8 << 20
FAR = 1e-3
"""A probability that is further off is another model's. int8 and linear scores are the same to the bit, fp32 differs in its seventh digit."""


def write(folder: Path, score: Callable[[Sequence[str]], Probabilities]) -> None:
    """Score the invented texts and keep what was said; columns in the label map's order."""
    stored = {"golden": FORMAT, "texts": list(TEXTS), "probabilities": score(TEXTS).tolist()}
    (folder / NAME).write_bytes(orjson.dumps(stored, option=orjson.OPT_APPEND_NEWLINE))


def fault(folder: Path, score: Callable[[Sequence[str]], Probabilities]) -> str:
    """What is wrong with a version by its golden scores, to go on after "is not run: "; nothing where it is right, or has none."""
    file = folder / NAME
    if not file.is_file():
        return ""
    if file.stat().st_size > MOST_BYTES:
        return f"its {NAME} has more than {MOST_BYTES >> 20} MiB"
    try:
        stored = orjson.loads(file.read_bytes())
        if stored["golden"] != FORMAT:
            return f"its {NAME} is of the format {str(stored['golden'])[:20]}: it was registered by a newer version of this program"
        texts, expected = _read(stored)
    except (ValueError, TypeError, KeyError) as odd:
        return f"its {NAME} holds no golden scores ({type(odd).__name__})"
    found = score(texts)
    if found.shape != expected.shape:
        return f"its {NAME} has {expected.shape[-1]} classes, it gives {found.shape[1]}"
    off = np.abs(found - expected)
    # A comparison with NaN is false.
    if (off <= FAR).all():
        return ""
    wrong = int((~(off <= FAR).all(axis=1)).sum())
    return (
        f"on this machine it scores otherwise than where it was trained: {wrong} of {len(texts)} golden scores are off by more than {FAR:g}, "
        f"the furthest by {np.nan_to_num(off, nan=1.0).max():.3f}"
    )


def _read(stored: dict[str, Any]) -> tuple[list[str], Probabilities]:
    texts = [text for text in stored["texts"] if isinstance(text, str)]
    expected = np.array(stored["probabilities"], np.float64)
    if not texts or expected.ndim != 2 or len(texts) != len(stored["texts"]) or len(expected) != len(texts):
        raise ValueError("other texts than probabilities")
    return texts, expected
