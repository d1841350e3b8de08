"""Moves the registry's aliases for who holds the token; no process is started for it, and nothing but two names is written."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sentistream.errors import UserError
from sentistream.scoring.errors import UnreachableError
from sentistream.scoring.succession import aliases, registry_server
from sentistream.scoring.succession.aliases import Aliases
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
    with _moving(settings) as by:
        now, before = aliases.rollback(settings, to, by)
        others = f" {aliases.OTHER_CLASSES}" if aliases.have_other_classes(settings, now, before, by=by) else ""
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
    with _moving(settings) as by:
        aliases.promote(settings, version, verdict.contest.champion, by)
    return f"Version {version} is {settings.model_alias}, and version {verdict.contest.champion} is previous."


def by_trainer(version: int) -> str:
    """The trainer's command, which sets a version against the champion on labelled files."""
    return f"sentistream promote {version} --data FILE"


@contextmanager
def _moving(settings: WebSettings) -> Iterator[Aliases]:
    """What moves them, one move at a time, with whatever is wrong as a refusal."""
    try:
        with MOVING:
            server = registry_server.of(settings)
            if server is not None:
                yield server
                return
            # A file: MLflow, which takes some seconds and 0.15 GB, and only who moves something pays for it.
            from sentistream.scoring import registry_connection

            registry_connection.require_there(settings)
            with registry_connection.impatient(), registry_connection.answering(settings):
                yield aliases.MlflowAliases(settings)
    except UnreachableError as away:
        raise ProblemError(503, "registry_away", str(away), {"Retry-After": "5"}) from away
    except UserError as conflict:
        raise ProblemError(409, "moved_meanwhile", str(conflict)) from conflict
