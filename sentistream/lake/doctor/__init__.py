"""The data-quality checks of `lake doctor`: every promise of the tables, examined by reading alone."""

from collections.abc import Callable, Iterable
from functools import partial

from deltalake import DeltaTable

from sentistream.errors import UserError, said
from sentistream.lake.doctor import broker
from sentistream.lake.doctor.balance import balance
from sentistream.lake.doctor.constraints import constraints
from sentistream.lake.doctor.files import files
from sentistream.lake.doctor.finding import Finding, Verdict, any_broken
from sentistream.lake.doctor.fits import fits
from sentistream.lake.doctor.forgotten import forgotten
from sentistream.lake.doctor.minutes import minutes
from sentistream.lake.doctor.served import registered, served
from sentistream.lake.doctor.unchanged import unchanged
from sentistream.lake.doctor.versions import version
from sentistream.lake.lake import Lake
from sentistream.lake.tables import EVERY, MODEL_HEALTH, PER_MINUTE, RAW, REJECTED, SCORED
from sentistream.settings import DoctorSettings

__all__ = ["Finding", "Verdict", "any_broken", "examine"]

OPENED, READABLE = "table can be opened", "files can be read"


def examine(lake: Lake, settings: DoctorSettings) -> list[Finding]:
    """All findings, in the order of the promises; safe beside a running processor.

    Raises:
        UserError: there is no scored table at all.
    """
    # Opened first: whatever else is opened later may only be ahead of it.
    scored = lake.look(SCORED) or lake.require(SCORED)
    looked_at = {table: lake.look(table) for table in EVERY} | {SCORED: scored}
    opened = {table: each for table, each in looked_at.items() if isinstance(each, DeltaTable)}
    closed = {str(table): each for table, each in looked_at.items() if isinstance(each, UserError)}
    tables = {str(table): (table, handle) for table, handle in opened.items()}
    there = {name: handle for name, (_, handle) in tables.items()}
    findings = [Finding(OPENED, name, Verdict.BROKEN, str(each)) for name, each in closed.items()]
    findings += [version(name, *each) for name, each in tables.items()]
    as_declared = {name: unchanged(lake, *each) for name, each in tables.items()}
    findings += as_declared.values()
    of_files = {name: list(files(name, table)) for name, table in there.items()}
    torn = {name: "files are missing" for name, findings_of in of_files.items() if any_broken(findings_of)}
    torn |= {name: "another program changed it" for name, each in as_declared.items() if any_broken([each])}
    torn |= dict.fromkeys(closed, "it can't be opened")
    for name, table in there.items():
        if name not in torn:
            findings += _read(name, partial(constraints, name, table))
    if torn:
        findings += [
            Finding(
                "every record accounted for", name, Verdict.SKIPPED, f"{why}, so nothing that reads it was examined"
            )
            for name, why in torn.items()
        ]
    else:
        held = broker.held(settings)
        findings += _read(
            "silver and bronze", partial(balance, opened[SCORED], opened.get(REJECTED), opened.get(RAW), held)
        )
        findings += _read(str(PER_MINUTE), partial(minutes, lake))
        findings += _read("silver and bronze", partial(forgotten, lake, settings))
        findings += _read(str(MODEL_HEALTH), partial(fits, lake))
    if SCORED in opened:
        findings += _read(str(SCORED), partial(served, opened[SCORED], partial(registered, settings)))
    return findings + [each for findings_of in of_files.values() for each in findings_of]


def _read(subject: str, examined: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """The findings of an examination that reads rows; that it can't read them is one, too."""
    findings: list[Finding] = []
    try:
        for each in examined():
            findings.append(each)
    except Exception as failure:  # a damaged file fails in as many ways as there are readers
        findings.append(Finding(READABLE, subject, Verdict.BROKEN, said(failure)))
    return findings
