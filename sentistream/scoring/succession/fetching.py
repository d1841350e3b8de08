"""Asks the registry, and brings a version here, in processes beside the service, of low priority, that can be ended where a server or store hangs.

What the other process does not need is not imported here: it imports this module. Nor is MLflow: a service that asks in this way does without its memory.
"""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.log import configure
from sentistream.process import collector
from sentistream.scoring.errors import UnreachableError
from sentistream.settings import RegistrySettings

if TYPE_CHECKING:
    from sentistream.scoring.artefact import Artefact
    from sentistream.scoring.scorer import Scorer

FETCH_SECONDS = 600.0
"""Until the process that fetches the next champion is ended; the copy itself has half of it."""
RESOLVE_SECONDS = 120.0
"""The same for the one that asks the registry; MLflow alone takes seconds to import."""
NICENESS = 10
"""Of what prepares the next champion beside the service."""
P = ParamSpec("P")
S = TypeVar("S", bound=RegistrySettings)
T = TypeVar("T")


def load_apart(settings: RegistrySettings, model: ModelVersion, niceness: int = NICENESS) -> "Scorer":
    """`scorer.load` beside a service: all that it costs is other processes', of low priority unless they are told otherwise, one after the other.

    In this one, compiling a large model holds the interpreter's lock against the service (docs/performance.md), and a download that hangs
    would hold up the exit.

    Raises:
        RefusedError: its files are not what may be loaded.
        UnreachableError: they can't be had or loaded now.
    """
    from sentistream.scoring.apart import ProcessApart
    from sentistream.scoring.scorer import FLAVOURS, load

    # Both at once would need twice the memory.
    copy = fetch_apart(settings, model, niceness)
    with ProcessApart(FLAVOURS.get(model.flavour, ""), niceness=niceness) as process:
        return load(settings, model, fetch=lambda *_: copy, within=process)


def fetch_apart(settings: RegistrySettings, model: ModelVersion, niceness: int = NICENESS) -> "Artefact":
    """`artefact.fetch` in a process of its own.

    Raises:
        UnreachableError: that did not answer in time, or died.
        UserError: as `artefact.fetch`.
    """
    return apart(f"{model.uri} was not fetched", FETCH_SECONDS, niceness, settings, _fetch, model)


def resolve_apart(settings: RegistrySettings, niceness: int = NICENESS) -> ModelVersion | None:
    """`registry.resolve` in a process of its own.

    Raises:
        UnreachableError: that did not answer in time, or died.
        UserError: as `registry.resolve`.
    """
    return apart(f"The {settings.model_alias} was not asked for", RESOLVE_SECONDS, niceness, settings, _resolve)


def resolve_version_apart(settings: RegistrySettings, uri: str, niceness: int = NICENESS) -> ModelVersion:
    """`registry.resolve_uri` in a process of its own.

    Raises:
        UnreachableError: that did not answer in time, or died.
        UserError: as `registry.resolve_uri`.
    """
    return apart(f"{uri} was not asked for", RESOLVE_SECONDS, niceness, settings, _resolve_version, uri)


def _fetch(settings: RegistrySettings, model: ModelVersion) -> "Artefact":
    from sentistream.scoring import artefact

    return artefact.fetch(settings, model)


def _resolve_version(settings: RegistrySettings, uri: str) -> ModelVersion:
    from sentistream.scoring import registry, registry_connection

    registry_connection.require_there(settings)
    with registry_connection.impatient():
        return registry.resolve_uri(settings, uri)


def _resolve(settings: RegistrySettings) -> ModelVersion | None:
    from sentistream.scoring.succession import reload

    return reload.resolve(settings)


def apart(
    not_done: str,
    seconds: float,
    niceness: int,
    settings: S,
    work: Callable[Concatenate[S, P], T],
    *args: P.args,
    **_: P.kwargs,
) -> T:
    """What a function of some module answers in a process of its own.

    Args:
        not_done: what is said where it gives none, without a full stop.
        seconds: until the process is ended.
        niceness: of the process.
        settings: its first argument.
        work: the function; it, its arguments and its answer travel.
        args: the others.

    Raises:
        UnreachableError: the process did not answer in time, or died.
        UserError: the function raised it, or something else.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with receiver:
        # A daemon: it is ended when this process ends.
        working = context.Process(target=_send, args=(sender, settings, not_done, niceness, work, args), daemon=True)
        working.start()
        sender.close()
        try:
            if not receiver.poll(seconds):
                raise UnreachableError(f"{not_done} within {seconds:.0f} s.")
            answer: T | Exception = receiver.recv()
        except EOFError as died:
            raise UnreachableError(f"{not_done}: the process for it died; is there enough memory?") from died
        finally:
            # A store that sends without end would keep its threads, and a disk filling, for as long as it likes.
            working.kill()
            working.join(1)
    if isinstance(answer, Exception):
        raise answer
    return answer


def _send(
    sender: Connection,
    settings: S,
    not_done: str,
    niceness: int,
    work: Callable[..., T],
    args: tuple[object, ...],
) -> None:
    # Ctrl-C reaches the whole group; only the service answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(niceness)
    # Where memory runs out, the kernel is to end this process and not the service.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    configure(settings)
    collector.look_rarely()
    try:
        answer: T | Exception = work(settings, *args)
    except UserError as refusal:
        answer = refusal
    except Exception as failure:  # it may not travel
        answer = UserError(f"{not_done}: {failure!r}")
    sender.send(answer)
