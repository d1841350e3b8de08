"""`sentistream broker`."""

import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer


def broker(
    folder: Annotated[Path, typer.Option(envvar="BROKER_FOLDER", help="Where its data lie.")] = Path(".local/broker"),
    port: Annotated[
        int, typer.Option(envvar="BROKER_PORT", min=1, max=65535, help="On the loopback interface.")
    ] = 9092,
    fresh: Annotated[
        bool, typer.Option("--fresh", envvar="BROKER_FRESH", help="Begin without the data of earlier runs.")
    ] = False,
) -> None:
    """Run a Kafka node for local use until Ctrl-C."""
    from sentistream.kafka.embedded_broker import EmbeddedBroker
    from sentistream.process import disk, private_files
    from sentistream.terminal import shown

    private_files.keep()
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    with disk.explained({"--folder": folder}), EmbeddedBroker(folder, port, fresh) as running:
        sys.stderr.write(
            f"Kafka serves at {running.bootstrap_servers}; data in {shown(running.folder)}; Ctrl-C stops it.\n"
        )
        while not stopping.wait(1):
            if not running.is_running:
                raise running.why_it_ended()
