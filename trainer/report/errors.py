"""Where the winner errs: by what a tweet holds and by how sure the model was; no text leaves this module."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sentistream.evaluation.predictions import Predictions
from trainer.report.proportions import newcombe, wilson

Mask = npt.NDArray[np.bool_]


def _holds(pattern: str, flags: int = 0) -> Callable[[str], bool]:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.search(text) is not None


LINK, MENTION = re.compile(r"(?:https?://|www\.)\S+"), re.compile(r"@\w+")
EMOTICON = r"[:;=]['o^-]?[)(\]\[dDpP/\\|]+(?!\w)|(?<!\w)[xX][dD](?!\w)|<3|\^_*\^|[\u2600-\u27bf\U0001f000-\U0001faff]"
NEGATION = (
    r"\b(?:not|no|never|none|nothing|nobody|nowhere|neither|nor|cannot|without)\b|n['’]t\b"
    r"|\b(?:do|does|did|is|are|was|were|wo|ca)nt\b"
)
NAMED: dict[str, Callable[[str], bool]] = {
    "holds a link": _holds(LINK.pattern),
    "holds a mention": _holds(MENTION.pattern),
}
"""What it holds → whether a text does."""
WRITTEN: dict[str, Callable[[str], bool]] = {
    "holds a hashtag": _holds(r"#\w"),
    "holds a negation": _holds(NEGATION, re.IGNORECASE),
    "holds “but”": _holds(r"\bbut\b", re.IGNORECASE),
    "holds a question mark": _holds(r"\?"),
    "holds an exclamation mark": _holds(r"!"),
    "holds an ellipsis": _holds(r"\.\.|…"),
    "holds an emoticon or emoji": _holds(EMOTICON),
    "holds a word in capitals": _holds(r"(?<![#\w])[A-Z]{3,}\b"),
    "holds a drawn-out word": _holds(r"([a-z])\1\1", re.IGNORECASE),
    "holds a digit": _holds(r"\d"),
    "holds another script than Latin": _holds(r"[\u0370-\u1dff\u2c00-\u2dff\u3040-\ud7ff]"),
}
"""The same of a text without its links and mentions, which hold digits and slashes that nobody wrote as such."""
BANDS: dict[str, tuple[tuple[float, str], ...]] = {
    "length": (
        (40, "up to 40 characters"),
        (80, "41–80 characters"),
        (120, "81–120 characters"),
        (np.inf, "above 120 characters"),
    ),
    "words": ((4, "up to 4 words"), (9, "5–9 words"), (16, "10–16 words"), (np.inf, "above 16 words")),
    "unseen": (
        (0.0, "no unseen word"),
        (0.1, "up to 10 % unseen words"),
        (0.25, "10–25 % unseen words"),
        (np.inf, "above 25 % unseen words"),
    ),
}
"""What is measured of a text → (the last value of a band, its name) in ascending order."""
LEAST = 20
"""Rows: a rate of fewer says next to nothing of the model, and something of the rows."""


@dataclass(frozen=True)
class ErrorRate:
    """Errors among the rows of a category, against all other rows."""

    group: str
    name: str
    rows: int
    errors: int
    interval: tuple[float, float]
    """95 %, of `rate`."""
    rest: float
    """The error rate of all other rows."""
    difference: tuple[float, float]
    """95 % interval of `rate` − `rest`."""

    @property
    def rate(self) -> float:
        """Share of the category's rows that are wrong."""
        return self.errors / self.rows

    @property
    def verdict(self) -> str:
        """`more`, `fewer`, or nothing where the interval of the difference holds zero."""
        return "more" if self.difference[0] > 0 else "fewer" if self.difference[1] < 0 else ""


@dataclass(frozen=True)
class Band:
    """Rows whose most probable class has a probability between two bounds."""

    low: float
    high: float
    rows: int
    confidence: float
    """Mean probability of the predicted class."""
    accuracy: float
    interval: tuple[float, float]


def by_category(texts: Sequence[str], unseen: npt.NDArray[np.float64], correct: Mask) -> list[ErrorRate]:
    """Error rates of every category with enough rows and not all of them; `unseen` is each text's share of unseen words."""
    bare = [MENTION.sub(" ", LINK.sub(" ", text)) for text in texts]
    groups: list[tuple[str, str, Mask]] = [
        ("holds", name, np.array([holds(text) for text in of], bool))
        for of, kinds in ((texts, NAMED), (bare, WRITTEN))
        for name, holds in kinds.items()
    ]
    measured = {
        "length": np.array([len(text) for text in texts], np.float64),
        "words": np.array([len(text.split()) for text in texts], np.float64),
        "unseen": unseen,
    }
    for group, bands in BANDS.items():
        number = np.searchsorted([last for last, _ in bands], measured[group])
        groups += [(group, name, number == at) for at, (_, name) in enumerate(bands)]
    return [_rate(group, name, mask, ~correct) for group, name, mask in groups if LEAST <= mask.sum() < len(mask)]


def by_confidence(predictions: Predictions) -> list[Band]:
    """Accuracy by the probability of the predicted class, in steps of a tenth."""
    confidence = predictions.probabilities.max(axis=1)
    number = np.minimum((confidence * 10).astype(np.int64), 9)
    bands = []
    for step in np.unique(number):
        mine = number == step
        right, rows = int(predictions.correct[mine].sum()), int(mine.sum())
        # Three classes: the lowest most probable one is a third.
        low = max(step / 10, 1 / predictions.probabilities.shape[1])
        mean = float(confidence[mine].mean())
        bands.append(Band(float(low), float((step + 1) / 10), rows, mean, right / rows, wilson(right, rows)))
    return bands


def _rate(group: str, name: str, mask: Mask, wrong: Mask) -> ErrorRate:
    rows, errors = int(mask.sum()), int((mask & wrong).sum())
    other_rows, other_errors = len(mask) - rows, int((~mask & wrong).sum())
    difference = newcombe(errors, rows, other_errors, other_rows)
    return ErrorRate(group, name, rows, errors, wilson(errors, rows), other_errors / other_rows, difference)
