"""Shows which versions have served, by the scored table's own record, and checks that the registry still has their files under their numbers."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from deltalake import DeltaTable

from sentistream.lake import served_record, transactions
from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.served_record import SHOWN, Known
from sentistream.settings import DoctorSettings

SHA256 = re.compile("[0-9a-f]{64}")
PROMISE = "a number stays with its files"


def served(scored: DeltaTable, registered: Callable[[str], dict[int, str] | str]) -> Iterator[Finding]:
    """One finding a version.

    What the registry has now may be another's, so that nothing of it is a broken promise of the tables: no such version comes to serve.

    Args:
        scored: its transactions are the record.
        registered: a model's name → number → digest, or why that is not known; asked once a model, and only of those that served.
    """
    of_model = cache(registered)
    for each in served_record.known(transactions.of(scored)):
        verdict, compared = _compared(each, of_model(each.name))
        standing = ", serving" if each.is_serving else ", unfit" if each.is_unfit else ""
        yield Finding(PROMISE, each.uri, verdict, f"served with digest {each.digest}…{standing}; {compared}")


def registered(settings: DoctorSettings, name: str) -> dict[int, str] | str:
    """Number → digest, as the registry has it; a sentence where it does not say."""
    # MLflow takes seconds to import.
    from sentistream.scoring import registry, registry_connection
    from sentistream.scoring.errors import UnreachableError

    where = f"the registry at {registry_connection.shown(settings)} (MLFLOW_TRACKING_URI)"
    if not registry_connection.is_there(settings):
        return f"{where} is not there"
    try:
        registry_connection.require_answer(settings)
        found = registry.digests(settings, name)
    except UnreachableError as away:
        return str(away)
    return found or f"{where} has no such model"


def _compared(served: Known, registered: dict[int, str] | str) -> tuple[Verdict, str]:
    """A version beside what the registry has of its model, or why that is not known."""
    if isinstance(registered, str):
        return Verdict.SKIPPED, registered
    if served.version not in registered:
        return Verdict.NOTED, "the registry has it no more"
    digest = registered[served.version]
    if not digest:
        return (
            Verdict.NOTED,
            f"the registry has no digest of it (`sentistream models --adopt {served.version}` writes one)",
        )
    if _pieces(digest) != served.pieces:
        words = f"the registry now has another digest under this number, {digest[:SHOWN]}…: register those files anew, as they never serve under it"
        return Verdict.NOTED, words
    return Verdict.KEPT, "the registry has the same"


def _pieces(tag: str) -> tuple[int, ...] | None:
    return served_record.pieces_of(tag) if SHA256.fullmatch(tag) else None
