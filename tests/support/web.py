"""The web service as its users start it, and what asks it."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from sentistream.kafka.embedded_broker import free_port
from tests.support.places import ROOT
from tests.support.waiting import wait_until


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Web:
    """A running service of a test's own; its standard error can be read when it has ended."""

    def __init__(self, **settings: str) -> None:
        self.port = free_port()
        environment = {**os.environ, "WEB_PORT": str(self.port), "CHAMPION_CHECK_SECONDS": "0.2", **settings}
        command = [sys.executable, "-m", "web_service"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)

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
        return self.process.wait(60)

    def wait_until_ready(self) -> Self:
        """Wait until a version answers."""
        wait_until(lambda: self.health() == 200, what="no version answers", alive=[self.process])
        return self

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
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

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


def wait_for_line(web: Web, words: str, within: float = 60.0) -> str:
    """The next line of standard error with these words; reads up to it."""
    assert web.process.stderr is not None
    deadline = time.monotonic() + within
    for line in web.process.stderr:
        if words in line:
            return line
        assert time.monotonic() < deadline, words
    raise AssertionError(f"it ended without saying {words!r}")
