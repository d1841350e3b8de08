"""Fetches the next champion's files in a process beside the stream, of low priority, that can be ended where a store hangs.

What the other process does not need is not imported here: it imports this module.
"""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.log import configure
from sentistream.process import collector
from sentistream.scoring.errors import UnreachableError
from sentistream.settings import RegistrySettings

if TYPE_CHECKING:
    from sentistream.scoring.artefact import Artefact

FETCH_SECONDS = 600.0
"""Until the process that fetches the next champion is ended; the copy itself has half of it."""
NICENESS = 10
"""Of what prepares the next champion beside the stream."""


def fetch_apart(settings: RegistrySettings, model: ModelVersion) -> "Artefact":
    """`artefact.fetch` in a process of its own.

    Raises:
        UnreachableError: that did not answer in time, or died.
        UserError: as `artefact.fetch`.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with receiver:
        # A daemon: it is ended when this process ends.
        fetching = context.Process(target=_send_fetched, args=(sender, settings, model), daemon=True)
        fetching.start()
        sender.close()
        try:
            if not receiver.poll(FETCH_SECONDS):
                raise UnreachableError(f"{model.uri} was not fetched within {FETCH_SECONDS:.0f} s.")
            answer: Artefact | Exception = receiver.recv()
        except EOFError as died:
            raise UnreachableError(f"The process that fetched {model.uri} died; is there enough memory?") from died
        finally:
            # A store that sends without end would keep its threads, and a disk filling, for as long as it likes.
            fetching.kill()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _send_fetched(sender: Connection, settings: RegistrySettings, model: ModelVersion) -> None:
    # Ctrl-C reaches the whole group; only the processor answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    configure(settings)
    collector.look_rarely()
    from sentistream.scoring import artefact

    try:
        answer: Artefact | Exception = artefact.fetch(settings, model)
    except UserError as refusal:
        answer = refusal
    except Exception as failure:  # it may not travel
        answer = UserError(f"{model.uri} can't be fetched: {failure!r}")
    sender.send(answer)
