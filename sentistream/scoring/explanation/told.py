"""An explanation in sentences: what was decided, the sum written out, and what would turn it."""

from sentistream.contracts.labels import POSITIVE
from sentistream.scoring.explanation.explained import Explanation, How, thresholds

SHOWN = 12
"""Contributions that are named; the others are added up."""
QUOTED = 40
"""Characters of an n-gram or a word that are quoted."""


def sentences(found: Explanation) -> list[str]:
    """All of it; what is quoted of the text is foreign."""
    return [decided(found), added(found), turned(found)]


def decided(found: Explanation) -> str:
    """The sentiment, and by which rule it follows from the number."""
    shares = ", ".join(f"P({name}) {p:.4f}" for name, p in found.probabilities.items())
    said = f"{found.version.title} says {found.sentiment}: {shares}."
    bounds = thresholds(found.version)
    if bounds is None:
        return f"{said} The most probable of its classes counts."
    low, high = bounds
    band = found.version.band
    rule = f"It says positive from P(positive) {band.high:g} on and negative up to {band.low:g}, neutral between"
    if found.how is How.WEIGHTS:
        rule += f": log-odds of {high:+.2f} and {low:+.2f}"
    return f"{said} {rule}."


def added(found: Explanation) -> str:
    """The sum; what is written adds up to what is written as its result."""
    named = found.contributions[:SHOWN]
    if found.how is How.OCCLUSION:
        return _left_out(found)
    terms = [f"{each.weight:+.2f} “{cut(each.words)}”" for each in named]
    others = len(found.contributions) - len(named)
    written = round(found.start, 2) + sum(round(each.weight, 2) for each in named)
    rest = round(round(found.total, 2) - written, 2)
    if others:
        terms.append(f"{rest:+.2f} from {others} more")
    elif rest:
        terms.append(f"{rest:+.2f} from rounding")
    sum_of = f"ln(P({found.towards}) / P({found.against})) = {found.total:.2f} = {found.start:.2f} to begin with"
    if not found.contributions:
        return f"{sum_of}; it knows no n-gram of this text."
    return f"{sum_of} {' '.join(terms)}."


def turned(found: Explanation) -> str:
    """What would turn it."""
    if found.flip is None:
        return "Leaving out its strongest words, alone or together, would not turn it."
    words = ", ".join(f"“{cut(found.text[slice(*span)])}”" for span in found.flip.left_out)
    p = found.flip.probabilities[POSITIVE]
    return f"Without {words} it would be {found.flip.sentiment}: P(positive) {p:.4f}."


def cut(words: str) -> str:
    """Of bounded length."""
    return words if len(words) <= QUOTED else f"{words[: QUOTED - 1]}…"


def _left_out(found: Explanation) -> str:
    name, named = f"P({found.towards})", found.contributions[:SHOWN]
    if not named:
        return f"Whichever word is left out, {name} stays."
    terms = ", ".join(f"{-each.weight:+.4f} without “{cut(each.words)}”" for each in named)
    return f"Each word left out alone changes {name}: {terms}. These don't add up: no sum of weights is behind this version."
