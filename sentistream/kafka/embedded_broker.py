"""A real Kafka for local runs: one KRaft node on the loopback interface, from the jars of `ivy.xml`'s `broker`."""

import os
import random
import shutil
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from sentistream.errors import UserError
from sentistream.process import disk, file_lock, guard, retry
from sentistream.setup import jars, preflight, shared_classes

START_SECONDS = 60.0
STARTED = "Kafka Server started"
"""What Kafka logs once it serves."""
# A node that serves one laptop: a small heap and the quick compiler start it in seconds (DESIGN §7).
JVM_OPTIONS = ("-Xmx384m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
LISTS = ("listeners", "advertised.listeners", "listener.security.protocol.map")
"""Properties of which each value stands beside the others."""
CLUSTER_ID = "c2VudGlzdHJlYW0tbG9jYQ"
LOG4J = """\
<Configuration status="ERROR"><Appenders><Console name="out" target="SYSTEM_OUT">
<PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/></Console></Appenders>
<Loggers><Root level="WARN"><AppenderRef ref="out"/></Root>
<Logger name="kafka.server.KafkaRaftServer" level="INFO"/></Loggers></Configuration>
"""


class EmbeddedBroker:
    """A Kafka node with its data below `folder`; a context manager that starts and stops it.

    A folder that holds data is continued, with its port, unless `fresh` is set. Kafka's `properties` go before those that it has here;
    of listeners, they are further ones.
    """

    def __init__(
        self,
        folder: Path,
        port: int | None = None,
        fresh: bool = False,
        properties: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder.absolute()
        self._fresh = fresh
        self._port = port
        self._properties = properties
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = ExitStack()
        self._lock_file = self.folder.with_name(f"{self.folder.name}.lock")
        self._taken = (
            "Another broker (process {owner}) uses " + str(self.folder) + ": stop it, or choose another folder."
        )

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients, `127.0.0.1:port`."""
        return f"127.0.0.1:{self._port}"

    @property
    def log_file(self) -> Path:
        """What the broker printed."""
        return self.folder / "broker.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the node and wait until it serves.

        Raises:
            UserError: the port is taken, another broker uses the folder, or Kafka did not start.
        """
        self._lock.enter_context(file_lock.held(self._lock_file, self._taken))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        if self._port is not None:
            _require_free(self._port)
        if self._fresh:
            shutil.rmtree(self.folder, ignore_errors=True)
            self._fresh = False
        self.folder.mkdir(parents=True, exist_ok=True)
        self._port = self._choose_port()
        config = self._write_config(self._port, free_port())
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(config)
        self.log_file.write_bytes(b"")
        self._process = guard.start([*self._java(), "kafka.Kafka", str(config)], self.log_file)
        self._wait_until_serving()

    @property
    def is_running(self) -> bool:
        """False once Kafka has ended, by whatever cause."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Stop the node; its data stay for the next start."""
        if self._process is not None:
            guard.stop(self._process)
            self._process = None
        self._lock.close()

    @property
    def guard_pid(self) -> int | None:
        """The process that guards Kafka's own, its parent; None while stopped."""
        return self._process.pid if self._process else None

    def _choose_port(self) -> int:
        remembered = self.folder / "port"
        port = self._port or (int(remembered.read_text()) if remembered.exists() else free_port())
        _require_free(port)
        remembered.write_text(str(port))
        return port

    def _write_config(self, port: int, controller_port: int) -> Path:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self.folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "auto.create.topics.enable": "false",
        }
        for name, value in self._properties.items():
            settings[name] = f"{settings[name]},{value}" if name in LISTS else value
        file = self.folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        (self.folder / "log4j2.xml").write_text(LOG4J)
        return file

    def _java(self) -> list[str]:
        classpath = os.pathsep.join(map(str, jars.classpath("broker")))
        log4j = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.xml'}"
        return [preflight.java_executable(), *JVM_OPTIONS, *shared_classes.use("broker"), log4j, "-cp", classpath]

    def _format(self, config: Path) -> None:
        command = [*self._java(), "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(config)]
        run = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own jars
        if run.returncode != 0:
            printed = (run.stdout + run.stderr).strip()
            raise self._disk_refused(printed) or UserError(
                f"Kafka could not format {self.folder}: {printed.splitlines()[-1]}"
            )

    def _wait_until_serving(self) -> None:
        until_it_serves = retry.until_it_is_there(START_SECONDS, 0.05)
        if until_it_serves(self._serves):
            return
        self.stop()
        text = self.log_file.read_text(errors="replace")
        if "Failed to acquire lock" in text:
            raise UserError(f"Another broker is using {self.folder}: stop it, or choose another folder.")
        if (full := self._disk_refused(text)) is not None:
            raise full
        last = next(
            (line for line in reversed(text.splitlines()) if " ERROR " in line or " FATAL " in line),
            "it printed no error",
        )
        raise UserError(f"Kafka did not start within {START_SECONDS:.0f} s: {last} (all of it: {self.log_file})")

    def why_it_ended(self) -> UserError:
        """Why Kafka has ended by itself, as far as its log says."""
        ended = UserError(f"Kafka ended by itself; {self.log_file} says why.")
        return self._disk_refused(self.log_file.read_text(errors="replace")) or ended

    def _disk_refused(self, printed: str) -> UserError | None:
        place = "the broker's data"
        # Its log is on the same disk.
        return disk.recognised(printed, {place: self.folder}) or disk.lacking(self.folder, 0, place)

    def _serves(self) -> bool | None:
        """True once it serves, False where it ended before; None while it starts."""
        if STARTED in self.log_file.read_text(errors="replace"):
            return True
        return None if self.is_running else False


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as taken:
            raise UserError(
                f"Port {port} for the local broker is taken ({taken.strerror}): end what uses it, or choose another --port."
            ) from taken


def free_port() -> int:
    """A free port of the loopback interface, below those that outgoing connections are given."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UserError("No port from 20000 to 29999 is free on the loopback interface.")
