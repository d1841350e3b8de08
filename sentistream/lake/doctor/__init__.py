"""`lake doctor`: examines every promise that the tables make, reading only."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.topic import Range
from sentistream.lake import tables as lake
from sentistream.lake.doctor.balance import Partition, balance
from sentistream.lake.doctor.constraints import constraints
from sentistream.lake.doctor.files import files
from sentistream.lake.doctor.finding import Finding, Verdict, any_broken
from sentistream.lake.doctor.forgotten import forgotten
from sentistream.lake.doctor.minutes import minutes
from sentistream.lake.doctor.versions import version
from sentistream.settings import DoctorSettings

__all__ = ["Finding", "Verdict", "any_broken", "examine"]

READABLE = "files can be read"


def examine(settings: DoctorSettings) -> list[Finding]:
    """All findings, in the order of the promises; safe beside a running processor.

    Raises:
        UserError: there is no scored table at all.
    """
    # Opened first: whatever else is opened later may only be ahead of it.
    scored = lake.require_table(settings.lake_uri, lake.SCORED)
    opened = {table: lake.open_table(settings.lake_uri, table) for table in lake.EVERY} | {lake.SCORED: scored}
    tables = {f"{table.layer}/{table.name}": (table, found) for table, found in opened.items() if found is not None}
    there = {name: found for name, (_, found) in tables.items()}
    findings = [version(name, *each) for name, each in tables.items()]
    of_files = {name: list(files(name, table)) for name, table in there.items()}
    torn = [name for name, found in of_files.items() if any_broken(found)]
    for name, table in there.items():
        if name not in torn:
            findings += _read(name, partial(constraints, name, table))
    if torn:
        words = "files are missing, so nothing that reads them was examined"
        findings += [Finding("every record accounted for", name, Verdict.SKIPPED, words) for name in torn]
    else:
        held = _held(settings)
        findings += _read("silver and bronze", partial(balance, scored, opened[lake.REJECTED], opened[lake.RAW], held))
        findings += _read("gold/sentiment_per_minute", partial(minutes, settings.lake_uri))
        findings += _read("silver and bronze", partial(forgotten, settings))
    return findings + [each for found in of_files.values() for each in found]


def _read(subject: str, examined: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """The findings of an examination that reads rows; that it can't read them is one, too."""
    found: list[Finding] = []
    try:
        for each in examined():
            found.append(each)
    except Exception as failure:  # a damaged file fails in as many ways as there are readers
        words = str(failure).strip().splitlines() or [type(failure).__name__]
        found.append(Finding(READABLE, subject, Verdict.BROKEN, words[0]))
    return found


def _held(settings: DoctorSettings) -> Mapping[Partition, Range] | None:
    """What the broker holds of the topic; None where it does not answer, or has no such topic."""
    try:
        admin = connection.connect(settings)
    except UserError:
        return None
    try:
        found = topic.describe(admin, settings.kafka_topic)
        return None if found is None else {(found.name, n): held for n, held in topic.ranges(admin, found).items()}
    finally:
        admin.close()
