"""What a file's labels mean, told by the set of all its values and never by one of them alone (DESIGN invariant 3)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE, SENTIMENTS
from sentistream.errors import UserError

SKIP = "skip"
WORDS = {
    "negative": NEGATIVE, "neg": NEGATIVE, "neutral": NEUTRAL, "neu": NEUTRAL, "positive": POSITIVE, "pos": POSITIVE,
}  # fmt: skip
MISSING = frozenset(("", "nan", "none", "null", "na", "n/a", "<na>", "?"))
FLOAT = re.compile(r"([+-]?\d+)\.0*")
NUMBER = re.compile(r"-?\d{1,9}")
SIGNED = {"-1": NEGATIVE, "0": NEUTRAL, "1": POSITIVE}
POLAR = {"0": NEGATIVE, "1": POSITIVE}
SENTIMENT140 = {"0": NEGATIVE, "2": NEUTRAL, "4": POSITIVE}
OURS = {"0": NEGATIVE, "1": POSITIVE, "2": NEUTRAL}
TWEET_EVAL = {"0": NEGATIVE, "1": NEUTRAL, "2": POSITIVE}
FROM_ONE = {"1": NEGATIVE, "2": POSITIVE}
THREE_FROM_ONE = {"1": NEGATIVE, "2": NEUTRAL, "3": POSITIVE}
STARS = {"1": NEGATIVE, "2": NEGATIVE, "3": NEUTRAL, "4": POSITIVE, "5": POSITIVE}
FIVE_FROM_ZERO = {str(int(star) - 1): sentiment for star, sentiment in STARS.items()}
TRUTH = {"false": NEGATIVE, "true": POSITIVE}
SCALES = (FROM_ONE, TWEET_EVAL, OURS, POLAR, SIGNED, SENTIMENT140, THREE_FROM_ONE, STARS, FIVE_FROM_ZERO, TRUTH)
WHOLE_ONLY = (FROM_ONE, THREE_FROM_ONE, STARS, FIVE_FROM_ZERO)
"""Scales that are thought of only where their greatest number occurs."""
SURE: tuple[tuple[frozenset[str], Mapping[str, str]], ...] = (
    (frozenset(("-1", "0", "1")), SIGNED),
    (frozenset(("-1", "1")), SIGNED),
    (frozenset(("-1", "0")), SIGNED),
    (frozenset(("-1",)), SIGNED),
    (frozenset(("0", "1")), POLAR),
    (frozenset(("0", "4")), SENTIMENT140),
    (frozenset(("0", "2", "4")), SENTIMENT140),
    (frozenset(("2", "4")), SENTIMENT140),
    (frozenset(("0",)), POLAR),
    (frozenset(("1",)), POLAR),
    (frozenset(("4",)), SENTIMENT140),
)
"""Sets of numbers that have one reading; a file of one class is a part of one of two."""
LISTED = 20


@dataclass(frozen=True)
class Reading:
    """What the labels of a file mean."""

    meanings: Mapping[str, str] = field(default_factory=dict)
    """A label as `plain` leaves it → a sentiment or `skip`; a label that is not in it is unknown."""
    unknown: tuple[str, ...] = ()
    """Labels that have no one meaning."""
    problem: str = ""
    """Why, with what to say instead; empty where all are known."""

    @property
    def words(self) -> bool:
        """True where the labels are words."""
        return bool(self.meanings) and not any(NUMBER.fullmatch(label) for label in self.meanings)


def plain(written: str) -> str:
    """A label without case, margins and a float's zeros; empty where it is none."""
    label = written.strip().lower()
    if label in MISSING:
        return ""
    number = FLOAT.fullmatch(label)
    return (number[1] if number else label).removeprefix("+")


def parse(written: str) -> dict[str, str]:
    """`0=negative,1=neutral,irrelevant=skip` as a map.

    Raises:
        UserError: it is none, or names what is no sentiment.
    """
    meanings: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in written.split(","))):
        label, separator, sentiment = each.rpartition("=")
        meaning = WORDS.get(sentiment.strip().lower(), sentiment.strip().lower())
        if not separator or meaning not in (*SENTIMENTS, SKIP):
            raise UserError(
                f"--labels {written!r}: {each!r} is not label=sentiment; sentiments are {', '.join(SENTIMENTS)} and {SKIP}, "
                'as in --labels "0=negative,1=neutral,2=positive".',
                exit_code=2,
            )
        meanings[plain(label)] = meaning
    return meanings


def read(counts: Mapping[str, int], said: Mapping[str, str] | None = None, layout: bool = False) -> Reading:
    """What labels mean, by all that occur and how often; `said` is what the user says, `layout` that the file is Sentiment140's.

    Labels are as `plain` leaves them, without the empty one.
    """
    said = said or {}
    left = {label for label in counts if label not in said}
    meanings = dict(said)
    if not left:
        return Reading(meanings)
    if not said and left <= SENTIMENT140.keys() and layout:
        return Reading(SENTIMENT140)
    if not said:
        sure = next((scale for values, scale in SURE if values == left), None)
        if sure is not None:
            return Reading({label: sure[label] for label in left})
    meanings |= {label: WORDS[label] for label in left if label in WORDS}
    unknown = tuple(sorted(left - WORDS.keys(), key=lambda label: (-counts[label], label)))
    return Reading(meanings, unknown, _problem(unknown, counts) if unknown else "")


def _problem(unknown: Iterable[str], counts: Mapping[str, int]) -> str:
    labels = list(unknown)
    readings = [scale for scale in SCALES if _may_be(scale, set(labels))]
    if readings:
        ways = [_written({label: scale[label] for label in sorted(labels)}) for scale in readings]
        ways = list(dict.fromkeys(ways))
        several = f"have {len(ways)} readings ({'; '.join(ways)})" if len(ways) > 1 else f"may mean {ways[0]}"
        return f'the labels {", ".join(sorted(labels))} {several}: say which, as in --labels "{ways[0].replace(", ", ",")}"'
    listed = ", ".join(f"{label} ({counts[label]:,})" for label in labels[:LISTED])
    more = f" and {len(labels) - LISTED} more" if len(labels) > LISTED else ""
    others = any(label in WORDS for label in counts)
    example = ",".join(f"{label}={_example(label, others or place > 0)}" for place, label in enumerate(labels[:2]))
    return (
        f"the labels {listed}{more} have no known meaning: say what each is, or leave it out by skip, as in "
        f'--labels "{example}"'
    )


def _may_be(scale: Mapping[str, str], labels: set[str]) -> bool:
    return labels <= scale.keys() and (scale not in WHOLE_ONLY or max(scale) in labels)


def _example(label: str, skipped: bool) -> str:
    """A meaning for a label without one, by a known word in it."""
    return next((WORDS[word] for word in label.split() if word in WORDS), SKIP if skipped else POSITIVE)


def _written(meanings: Mapping[str, str]) -> str:
    return ", ".join(f"{label}={sentiment}" for label, sentiment in meanings.items())
