"""What decided about a text: the contributions to one number, which of its words they come from, and what would turn it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from sentistream.contracts.labels import NEUTRAL, POSITIVE, in_order
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import checked
from sentistream.scoring.explanation import occlusion
from sentistream.scoring.mllib.weights.tracing import Span
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import Probabilities, coded


class How(StrEnum):
    """What a contribution is."""

    WEIGHTS = "weights"
    """Of an n-gram, to the log-odds; with `start` they add up to `total`."""
    OCCLUSION = "occlusion"
    """By how much the probability falls where a word is left out, alone; they add up to nothing."""


@dataclass(frozen=True)
class Contribution:
    """One n-gram or word, and what it does."""

    words: str
    weight: float
    """Above 0 it speaks for `Explanation.towards`, below for `Explanation.against`."""
    places: tuple[tuple[Span, ...], ...]
    """A span of the text for each of its tokens, for each time that it occurs."""


@dataclass(frozen=True)
class Flip:
    """Words without which the text would have another sentiment, by the scorer itself."""

    left_out: tuple[Span, ...]
    """In the order of the text."""
    sentiment: str
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Explanation:
    """Of one text, by one version."""

    version: ModelVersion
    text: str
    sentiment: str
    probabilities: dict[str, float]
    """In the order in which sentiments are shown."""
    how: How
    towards: str
    """The class that the contributions speak for: positive of two classes, the chosen one of three."""
    against: str
    """The class that is weighed against it: negative of two, the second of three; by occlusion all others."""
    start: float
    """Log-odds before any n-gram (bias, and what it was trained with); by occlusion the probability of a text without words."""
    total: float
    """ln(P(towards) / P(against)); by occlusion P(towards)."""
    contributions: tuple[Contribution, ...]
    """The strongest first."""
    flip: Flip | None
    """None where leaving out words changed no sentiment."""

    @property
    def by_character(self) -> list[float]:
        """float[characters of the text]: the sum of what covers each; an n-gram's weight is shared by its occurrences and their tokens."""
        weights = [0.0] * len(self.text)
        for each in self.contributions:
            for spans in each.places:
                for span in spans:
                    for at in range(*span):
                        weights[at] += each.weight / len(each.places) / len(spans)
        return weights

    def as_dict(self) -> dict[str, object]:
        """What `sentistream why --json` prints; spans are [begin, end) in characters."""
        flip = self.flip
        return {
            "model": {"name": self.version.name, "version": self.version.version},
            "sentiment": self.sentiment,
            "probabilities": self.probabilities,
            "how": str(self.how),
            "towards": self.towards,
            "against": self.against,
            "start": self.start,
            "total": self.total,
            "contributions": [
                {"words": each.words, "weight": each.weight, "places": [list(map(list, at)) for at in each.places]}
                for each in self.contributions
            ],
            "flip": flip
            and {
                "without": list(map(list, flip.left_out)),
                "sentiment": flip.sentiment,
                "probabilities": flip.probabilities,
            },
        }

    @property
    def segments(self) -> list[tuple[Span, float]]:
        """The text cut wherever what covers it changes, without a gap."""
        weights, cut = self.by_character, list[tuple[Span, float]]()
        for at, weight in enumerate(weights):
            if cut and cut[-1][1] == weight:
                cut[-1] = (Span(cut[-1][0].begin, at + 1), weight)
            else:
                cut.append((Span(at, at + 1), weight))
        return cut


def explain(scorer: Scorer, text: str) -> Explanation:
    """Explain a text that the stream would score (`contracts.tweet_text.fault` tells).

    Raises:
        UnfitError: the version gives no probabilities for it, or for it without some of its words.
    """
    row = _scored(scorer, [text])[0]
    version, names = scorer.version, scorer.classes
    sentiment = _sentiments(row[None, :], version)[0]
    weighed = scorer.weighed(text)
    # Two classes have one number that decides; of three, the chosen one and the second.
    order = np.argsort(-row, kind="stable").tolist() if version.labels.has_neutral else [names.index(POSITIVE), 0]
    towards, against = names[order[0]], names[order[1]]
    if weighed is not None:
        how, total = How.WEIGHTS, weighed.log_odds(order[0], order[1])
        start = weighed.start(order[0], order[1])
        contributions = [
            Contribution(each.readable, each.of(order[0], order[1]), each.places) for each in weighed.grams
        ]
    else:
        how, total = How.OCCLUSION, float(row[order[0]])
        words = occlusion.words(text)
        without = _scored(scorer, ["", *(occlusion.without(text, [word]) for word in words)])[:, order[0]]
        start = float(without[0])
        contributions = [
            Contribution(text[slice(*word)], total - float(p), ((word,),))
            for word, p in zip(words, without[1:], strict=True)
        ]
    contributions.sort(key=lambda each: (-abs(each.weight), each.places))
    explanation = Explanation(
        version, text, sentiment, _named(row, names), how, towards, against, start, total,
        tuple(each for each in contributions if each.weight), None,
    )  # fmt: skip
    return _with_flip(scorer, explanation)


def _with_flip(scorer: Scorer, found: Explanation) -> Explanation:
    """Try what would turn it: each of its strongest words alone, then the strongest ones together, asked of the scorer."""
    weights = found.by_character
    words = [(sum(weights[slice(*word)]) / max(1, word.end - word.begin), word) for word in occlusion.words(found.text)]
    signs = {found.towards: (1,), NEUTRAL: (1, -1)}.get(found.sentiment, (-1,))
    tried = list[tuple[Span, ...]]()
    for sign in signs:
        speaking = [word for weight, word in sorted(words, key=lambda each: -sign * each[0]) if weight * sign > 0]
        tried += [(word,) for word in speaking[: occlusion.MOST_TRIED]]
        tried += [tuple(sorted(speaking[:many])) for many in range(2, min(len(speaking), occlusion.MOST_TRIED) + 1)]
    # Fewest words first; what would be left without any text is scored by nobody.
    tried = [each for each in sorted(tried, key=len) if occlusion.without(found.text, each).strip()]
    if not tried:
        return found
    rows = _scored(scorer, [occlusion.without(found.text, each) for each in tried])
    for left_out, row, sentiment in zip(tried, rows, _sentiments(rows, found.version), strict=True):
        if sentiment != found.sentiment:
            flip = Flip(left_out, sentiment, _named(row, scorer.classes))
            return Explanation(**{**vars(found), "flip": flip})
    return found


def thresholds(version: ModelVersion) -> tuple[float, float] | None:
    """The log-odds up to which a two-class version says negative, and from which on positive; None of three classes."""
    if version.labels.has_neutral:
        return None
    low, high = (_logit(each) for each in (version.band.low, version.band.high))
    return low, high


def _logit(p: float) -> float:
    return math.log(p / (1 - p)) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)


def _scored(scorer: Scorer, texts: Sequence[str]) -> Probabilities:
    return checked.score(scorer, pa.array(texts, pa.large_string()))


def _sentiments(rows: Probabilities, version: ModelVersion) -> list[str]:
    names, codes = coded(rows, version)
    return [names[code] for code in codes.tolist()]


def _named(row: Probabilities, names: Sequence[str]) -> dict[str, float]:
    return {name: float(row[names.index(name)]) for name in in_order(names)}
