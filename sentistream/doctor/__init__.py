"""`lake doctor`: examines every promise that the tables make, reading only."""

from collections.abc import Mapping

from sentistream import lake, topic
from sentistream.doctor.balance import Partition, balance
from sentistream.doctor.constraints import constraints
from sentistream.doctor.files import files
from sentistream.doctor.finding import Finding, Verdict, any_broken
from sentistream.doctor.forgotten import forgotten
from sentistream.doctor.minutes import minutes
from sentistream.errors import UserError
from sentistream.settings import DoctorSettings
from sentistream.topic import Range

__all__ = ["Finding", "Verdict", "any_broken", "examine"]


def examine(settings: DoctorSettings) -> list[Finding]:
    """All findings, in the order of the promises; safe beside a running processor.

    Raises:
        UserError: there is no scored table at all.
    """
    # Opened first: whatever else is opened later may only be ahead of it.
    scored = lake.require_table(settings.lake_uri, lake.SCORED)
    opened = {table: lake.open_table(settings.lake_uri, table) for table in lake.EVERY} | {lake.SCORED: scored}
    there = {f"{table.layer}/{table.name}": found for table, found in opened.items() if found is not None}
    of_files = {name: list(files(name, table)) for name, table in there.items()}
    torn = [name for name, found in of_files.items() if any_broken(found)]
    findings = [each for name, table in there.items() if name not in torn for each in constraints(name, table)]
    if torn:
        words = "files are missing, so nothing that reads them was examined"
        findings += [Finding("every record accounted for", name, Verdict.SKIPPED, words) for name in torn]
    else:
        findings += balance(scored, opened[lake.REJECTED], opened[lake.RAW], _held(settings))
        findings += minutes(settings.lake_uri)
        findings += forgotten(settings)
    return findings + [each for found in of_files.values() for each in found]


def _held(settings: DoctorSettings) -> Mapping[Partition, Range] | None:
    """What the broker holds of the topic; None where it does not answer, or has no such topic."""
    try:
        admin = topic.connect(settings)
    except UserError:
        return None
    try:
        found = topic.describe(admin, settings.kafka_topic)
        return None if found is None else {(found.name, n): held for n, held in topic.ranges(admin, found).items()}
    finally:
        admin.close()
