"""Asks the registry which versions there are, and sets each against the champion by stored predictions; it runs in a process apart, with MLflow."""

from collections.abc import Mapping, Sequence

from mlflow import MlflowClient

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import said
from sentistream.evaluation import catalogue, contest, deciding
from sentistream.evaluation.deciding import Kept
from sentistream.evaluation.entry import Entry
from sentistream.scoring import registry_connection
from web_service.models.record import Registered, Verdict, named
from web_service.settings import WebSettings

SET_AGAINST = 20
"""Versions, the newest, that are set against the champion by their stored predictions."""


def registered(settings: WebSettings) -> Registered:
    """The versions, and which of them won.

    Raises:
        UnreachableError: the registry does not answer.
    """
    registry_connection.require_there(settings)
    with registry_connection.impatient():
        found = catalogue.entries(settings)
        entries = tuple(entry for entry, _ in found)
        kept = {entry.number: each for entry, each in found if each is not None}
        return Registered(entries, _verdicts(settings, entries, kept))


def _verdicts(settings: WebSettings, entries: Sequence[Entry], kept: Mapping[int, Kept]) -> dict[int, Verdict]:
    champion = named(entries, settings.model_alias)
    others = [entry for entry in entries if entry is not champion]
    if champion is None or champion.version is None:
        return {each.number: Verdict(False, "There is no usable champion to set it against.") for each in others}
    client = registry_connection.client(settings)
    late = Verdict(False, f"Only the {SET_AGAINST} newest versions are set against the champion.")
    return {
        each.number: _verdict(client, each, champion.version, kept) if place < SET_AGAINST else late
        for place, each in enumerate(others)
    }


def _verdict(client: MlflowClient, entry: Entry, champion: ModelVersion, kept: Mapping[int, Kept]) -> Verdict:
    if entry.version is None:
        return Verdict(False, entry.unusable)
    if entry.probe.startswith("refused") or not entry.probe:
        return Verdict(False, entry.probe or "It was never proved by the trainer.")
    try:
        found = deciding.contest_of(client, entry.version, champion, kept)
    except Exception as wrong:  # whatever a store answers
        return Verdict(False, f"Its stored predictions can't be read: {said(wrong)}")
    if found is None:
        return Verdict(False, f"No predictions on the same promotion rows as champion {champion.version}'s are stored.")
    why = contest.why_not(entry.version, champion, found)
    if why is not None:
        return Verdict(False, f"It {why}: {found}.", found)
    return Verdict(True, f"It won {found}.", found)
