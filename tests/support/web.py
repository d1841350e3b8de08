"""The web service as its users start it, and what asks it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple, Self

import uvicorn

from sentistream.kafka.embedded_broker import free_port
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.succession.standing import Standing
from tests.support.places import ROOT
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from web_service.app import application
from web_service.scoring.serving import Serving
from web_service.service import Service
from web_service.settings import WebSettings


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Web:
    """A running service of a test's own."""

    def __init__(self, **settings: str) -> None:
        self.port = free_port()
        environment = {**os.environ, "WEB_PORT": str(self.port), "CHAMPION_CHECK_SECONDS": "0.2", **settings}
        command = [sys.executable, "-m", "web_service"]
        # Appended to, wherever this process reads.
        self._log = tempfile.TemporaryFile("a+", encoding="utf-8")  # noqa: SIM115 - as long as the service
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=self._log, text=True)

    def __enter__(self) -> Self:
        wait_until(lambda: self.health() is not None, what="it does not listen", alive=[self.process])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End it in order; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def wait_until_ready(self) -> Self:
        """Wait until a version answers."""
        wait_until(lambda: self.health() == 200, what="no version answers", alive=[self.process])
        return self

    def said(self) -> str:
        """What it logged so far."""
        self._log.seek(0)
        return self._log.read()

    def health(self) -> int | None:
        """The status of its readiness; None where nothing listens."""
        try:
            return self.ask("GET", "/v2/health/ready").status
        except OSError:
            return None

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        return ask(self.port, method, path, body, headers)

    def post(self, path: str, given: object, **headers: str) -> Answer:
        """One request with a body in JSON; a header's name is written with `_`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, json.dumps(given), {"Content-Type": "application/json", **named})

    def version(self) -> int:
        """Which one answers."""
        found: int = self.post("/score", "a day").json["model"]["version"]
        return found

    def wait_for_version(self, number: int) -> None:
        """Wait until that one answers."""
        wait_until(lambda: self.version() == number, what=f"version {number} does not answer", alive=[self.process])


@contextmanager
def served(scorer: Scorer | None, settings: WebSettings, token: bytes | None = None) -> Iterator[int]:
    """The application in this process, with a scorer of the test's own; its port."""
    serving = Serving(Standing())
    if scorer is not None:
        serving.take(scorer)
    service = Service.of(settings, serving)
    app = application(service, token)
    if settings.web_pages:
        service.feed.start()
    server = uvicorn.Server(uvicorn.Config(app, http="httptools", log_config=None, access_log=False, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield listening.getsockname()[1]
        finally:
            service.feed.stop()
            server.should_exit = True
            thread.join()
            serving.close()


def ask(
    port: int, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()
