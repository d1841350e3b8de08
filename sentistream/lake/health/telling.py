"""A version's health in sentences, for terminals, the doctor and logs: numbers and ids, no text."""

from sentistream.lake.health.report import WITHOUT, Health
from sentistream.terminal import shown

NAMES = {
    "empty": "empty texts",
    "escapes": "escaped texts",
    "languages": "another language",
    "words": "unknown words",
    "entities": "HTML entities",
    "length": "the length of the texts",
    "scores": "the scores",
    "sentiments": "the sentiments",
    "accuracy": "the accuracy",
}
"""What has moved, in a few words."""


def headline(health: Health) -> str:
    """What it is about, and what has moved."""
    begin = (
        f"{shown(health.uri)} on its newest {health.tweets:,} tweets, up to {health.last_arrival:%Y-%m-%d %H:%M} UTC: "
    )
    if health.verdict is None:
        return begin + WITHOUT
    moved = [NAMES[each] for each in health.alarms]
    if moved:
        return begin + f"{', '.join(moved)} moved away from what it was made with"
    noticed = [each for each in health.verdict.traits if each.noticed]
    if noticed:
        return (
            begin
            + f"the shares of the sentiments are others ({noticed[0].before}; now {noticed[0].now}), and nothing else; no alarm"
        )
    return begin + "as its held-out rows were"


def accuracy(health: Health) -> str:
    """What is known of its accuracy, and on which rows."""
    if health.verdict is None:
        return "accuracy: not to be known"
    known = health.verdict.accuracy
    parts = []
    if known.profile is not None:
        parts.append(f"{known.profile:.1%} on its held-out rows")
    if known.measured is not None:
        worse = ", which is worse" if known.moved else ""
        inverted = ": it is wrong more often than right, so look at the order of the labels" if known.inverted else ""
        parts.append(
            f"{known.measured:.1%} on {known.labelled:,} labelled tweets that it was not trained on{worse}{inverted}"
        )
    else:
        parts.append(f"not to be known from labels ({known.labelled:,} labelled tweets that it was not trained on)")
    if known.estimated is not None:
        parts.append(f"estimated {known.estimated:.1%} by its own probabilities")
    else:
        parts.append(f"not estimated, since {known.why_unknown}")
    return "accuracy: " + "; ".join(parts)
