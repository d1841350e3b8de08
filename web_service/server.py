"""The service's process: it listens, follows the champion, and ends in order when it is told to stop."""

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from sentistream.errors import UserError
from sentistream.process.heartbeat import EVERY_SECONDS, Heartbeat
from sentistream.scoring.artefact import signature
from sentistream.scoring.registry_address import shown
from sentistream.scoring.succession.standing import Standing
from web_service.app import application
from web_service.gate import access
from web_service.scoring.champion import Champion
from web_service.scoring.serving import Serving
from web_service.service import Service
from web_service.settings import WebSettings

log = structlog.get_logger()
WAITING_CONNECTIONS = 1_024
"""That the system keeps until they are accepted."""


class _Server(uvicorn.Server):
    """Told to stop by us: its own handlers would end the process with the signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


def serve(settings: WebSettings) -> None:
    """Answer until told to stop.

    Raises:
        UserError: the port is taken, the token or the signing key can't be used, or nothing was there to score with in time.
    """
    token = access.token(settings)
    signature.require_key(settings)
    with _listening(settings) as listening:
        ended = threading.Event()
        serving = Serving(Standing())
        champion = Champion(settings, serving, ended)
        service = Service.of(settings, serving)
        app = application(service, token)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.web_proxy),
            forwarded_allow_ips=settings.web_proxy.split(",") if settings.web_proxy else None,
            timeout_graceful_shutdown=settings.web_drain_seconds,
        )
        server = _Server(config)

        def on_signal(number: int, _frame: object) -> None:
            log.info("stopping after the running requests", signal=signal.Signals(number).name)
            ended.set()

        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGINT, on_signal)
        log.info("listening", address=f"http://{_written(settings)}", registry=shown(settings))
        champion.follow()
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_run(server, listening, service, ended))
        service.feed.stop()
        serving.close()
    if champion.given_up is not None:
        raise champion.given_up
    log.info("stopped", refusals=serving.standing.refusals)


async def _run(server: uvicorn.Server, listening: socket.socket, service: Service, ended: threading.Event) -> None:
    """Serve until `ended`, and beat as long as something can answer."""
    heartbeat = Heartbeat(service.settings.heartbeat_file)

    async def watch() -> None:
        pause, since_beat = 0.1, EVERY_SECONDS
        while not ended.is_set():
            if since_beat >= EVERY_SECONDS and service.serving.scorer is not None:
                heartbeat.beat()
                since_beat = 0.0
            await asyncio.sleep(pause)
            since_beat += pause
        service.feed.viewers.close()
        server.should_exit = True

    if service.settings.web_pages:
        service.feed.start()
    watching = asyncio.create_task(watch())
    await server.serve([listening])
    watching.cancel()


@contextmanager
def _listening(settings: WebSettings) -> Iterator[socket.socket]:
    """A socket that has the port.

    Raises:
        UserError: it can't be had.
    """
    where = f"{_written(settings)} (WEB_ADDRESS, WEB_PORT)"
    try:
        found = socket.getaddrinfo(settings.web_address, settings.web_port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as unknown:
        raise UserError(f"The service can't listen on {where}: {unknown.strerror}.", exit_code=2) from unknown
    with listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(WAITING_CONNECTIONS)
        except OSError as taken:
            raise UserError(f"The service can't listen on {where}: {taken.strerror}.", exit_code=2) from taken
        listening.setblocking(False)
        yield listening


def _written(settings: WebSettings) -> str:
    address = f"[{settings.web_address}]" if ":" in settings.web_address else settings.web_address
    return f"{address}:{settings.web_port}"
