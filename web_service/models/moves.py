"""Moves the registry's aliases for who holds the token; no process is started for it, and nothing but two names is written."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sentistream.errors import UserError
from sentistream.scoring.errors import UnreachableError
from web_service.models.record import Record
from web_service.problems import ProblemError
from web_service.settings import WebSettings

MOVING = threading.Lock()
"""One move at a time: each looks where the aliases are before it moves them."""


def roll_back(settings: WebSettings, to: int) -> str:
    """Make the version before champion again; in a sentence what is so now. To ask twice is to ask once.

    Raises:
        ProblemError: the alias `previous` names another version, or the registry does not answer.
    """
    with _moving(settings):
        from sentistream.scoring.succession import aliases

        now, before = aliases.rollback(settings, to)
        others = f" {aliases.OTHER_CLASSES}" if aliases.have_other_classes(settings, now, before) else ""
    return f"Version {now} is {settings.model_alias}, and version {before} is previous.{others}"


def promote(settings: WebSettings, record: Record, version: int) -> str:
    """Make a version champion that won against the present one by stored predictions; in a sentence what is so now.

    Args:
        settings: name the registry, the model and its alias.
        record: says which versions won, and against which.
        version: the one that is wanted.

    Raises:
        ProblemError: it did not win, another one became champion meanwhile, or the registry does not answer.
    """
    champion, verdict = record.named(settings.model_alias), record.registered.verdicts.get(version)
    if champion is not None and champion.number == version:
        return f"Version {version} is {settings.model_alias}."
    if verdict is None or not verdict.is_offered or verdict.contest is None:
        why = verdict.told if verdict is not None else f"There is no version {version}."
        raise ProblemError(409, "not_better", f"{why} `{by_trainer(version)}` decides by labelled files.")
    with _moving(settings):
        from sentistream.scoring.succession import aliases

        aliases.promote(settings, version, verdict.contest.champion)
    return f"Version {version} is {settings.model_alias}, and version {verdict.contest.champion} is previous."


def by_trainer(version: int) -> str:
    """The trainer's command, which sets a version against the champion on labelled files."""
    return f"sentistream promote {version} --data FILE"


@contextmanager
def _moving(settings: WebSettings) -> Iterator[None]:
    """One move, with whatever is wrong as a refusal."""
    # MLflow takes some seconds and 0.1 GB, which only who moves something pays.
    from sentistream.scoring import registry_connection

    try:
        with MOVING, registry_connection.impatient(), registry_connection.answering(settings):
            yield
    except UnreachableError as away:
        raise ProblemError(503, "registry_away", str(away), {"Retry-After": "5"}) from away
    except UserError as conflict:
        raise ProblemError(409, "moved_meanwhile", str(conflict)) from conflict
