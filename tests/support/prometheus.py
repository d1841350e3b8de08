"""A real Prometheus, and what comes with it: Debian's, from the PATH or from `.ci/prometheus`."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml

from sentistream.kafka.embedded_broker import free_port
from sentistream.process import guard
from tests.support.places import ROOT
from tests.support.waiting import wait_until

UNPACKED = ROOT / ".local" / "prometheus" / "usr" / "bin"
PATH = os.pathsep.join([os.environ["PATH"], str(UNPACKED)])
RULES = ROOT / "deploy" / "prometheus"


def tool(name: str) -> str:
    """The path of one of its programs; without it the test is skipped by name, in CI that is a failure."""
    found = which(name, path=PATH)
    if found is None:
        said = f"{name} is not on this machine: `.ci/prometheus` unpacks Debian's"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(said)
    return str(found)


def configured(folder: Path, targets: Mapping[str, int], alertmanager: int) -> Path:
    """deploy/prometheus's own configuration, for services on these ports of this machine, asked each second."""
    written = yaml.safe_load((RULES / "prometheus.yml").read_text())
    written["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    written["rule_files"] = [str(RULES / each) for each in written["rule_files"]]
    for job in written["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{targets[job['job_name']]}"]}]
    written["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(written))
    return file


class Prometheus:
    """One that runs."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def api(self, path: str, **asked: str) -> Any:
        """The data of an answer of its API."""
        with urlopen(f"{self._address}/api/v1/{path}?{urlencode(asked)}", timeout=30) as answer:  # noqa: S310 - our own address
            return json.load(answer)["data"]

    def ask(self, query: str) -> list[dict[str, Any]]:
        """What an instant query finds."""
        found: list[dict[str, Any]] = self.api("query", query=query)["result"]
        return found

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            with urlopen(f"{self._address}/-/ready", timeout=5):  # noqa: S310 - our own address
                return True
        except OSError:
            return False


@contextmanager
def running(folder: Path, config: Path) -> Iterator[Prometheus]:
    """A Prometheus with its data in `folder`, which may hold blocks already."""
    port = free_port()
    command = [tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn", "--storage.tsdb.retention.time=15d"]
    with started(command, folder.parent / "prometheus.log") as process:
        found = Prometheus(port)
        wait_until(found.is_ready, what=f"see {folder.parent / 'prometheus.log'}", alive=[process])
        yield found


@contextmanager
def started(
    command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the test."""
    process = guard.start(command, log, {**os.environ, "PATH": PATH, **(environment or {})})
    try:
        yield process
    finally:
        guard.stop(process)


class Webhook(ThreadingHTTPServer):
    """What Alertmanager sends its alerts to."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Received)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}/alerts?team=a&b=c"

    @contextmanager
    def listening(self) -> Iterator["Webhook"]:
        """As long as the context."""
        thread = threading.Thread(target=self.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Received(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Webhook)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.alerts += [{**each, "path": self.path} for each in body["alerts"]]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""
