"""What is amiss, in a sentence each, and what to do about it."""

from dataclasses import dataclass
from datetime import timedelta

STILL = timedelta(seconds=30)
"""A stream with records to score commits more often, whatever its champion."""
OLD = timedelta(days=2)
"""The doctor is for once a day."""


@dataclass(frozen=True)
class Advice:
    """One thing to do."""

    found: str
    do: str
    command: str = ""
    """What to type, where that helps."""
    is_fault: bool = True
    """Whether something is wrong, and not only unknown."""


def no_tables(uri: str) -> Advice:
    """An empty lake."""
    return Advice(
        f"There are no tables at {uri} (LAKE_URI) yet.",
        "Start the processor, and publish something; or name the lake that it writes.",
        "sentistream process",
    )


def unreadable(refusal: str) -> Advice:
    """A table that can't be opened."""
    return Advice(refusal, "The stream refuses it, too, until it is mended.", "sentistream doctor")


def unbalanced() -> Advice:
    """Records of which nothing is said, or rows that are gone."""
    return Advice(
        "Silver does not account for every record that was read.",
        "Stop who else writes the lake; the doctor says what is gone. What Kafka still holds can be read again.",
        "sentistream doctor",
    )


def no_broker(why: str) -> Advice:
    """The lag is unknown."""
    return Advice(why, "What was committed stays. Start the broker, or correct the address.", "sentistream broker")


def recreated(topic: str) -> Advice:
    """Offsets mean other records now."""
    return Advice(
        f"The topic {topic} was deleted and created again.",
        "The processor waits until you accept that; exactly-once.md says what becomes of the records.",
        "sentistream process --accept-new-topic",
    )


def still(outstanding: int, since: timedelta) -> Advice | None:
    """Records wait, and nobody commits; None where that is not so."""
    if outstanding <= 0 or since < STILL:
        return None
    return Advice(
        f"{outstanding:,} records wait, and the last commit is {since.total_seconds():,.0f} s old.",
        "See whether the processor runs, and what its log says.",
        "sentistream process",
    )


def no_champion(why: str) -> Advice:
    """Nothing answers `POST /score`."""
    return Advice(
        f"Nothing scores here now: {why}.",
        "See which versions there are; train one where there is none.",
        "sentistream models",
    )


def not_examined() -> Advice:
    """The doctor was never asked."""
    return Advice(
        "The doctor has not examined this lake yet.", "Have it run once a day.", "sentistream doctor", is_fault=False
    )


def examined_long_ago(age: timedelta) -> Advice | None:
    """Its findings say little of today; None where they do."""
    if age < OLD:
        return None
    return Advice(
        f"The doctor's findings are {age.days} days old.",
        "Have it run once a day.",
        "sentistream doctor",
        is_fault=False,
    )


def broken(promises: int) -> Advice:
    """The doctor found something."""
    verb = "promise is" if promises == 1 else "promises are"
    return Advice(
        f"{promises} {verb} broken, as the doctor found.",
        "The table below says which; examine again when it is mended.",
        "sentistream doctor",
    )
