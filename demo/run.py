"""One run of the demo: its stages, from the broker's start to the last tweet."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from rich.console import Console, Group
from rich.live import Live

from demo import malformed, summary, view
from demo.follower import Follower
from demo.processes import Processes
from demo.summary import Summary
from demo.web import Web
from sentistream import log
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.kafka.topic import Topic
from sentistream.process.periodic import Periodic
from sentistream.settings import KafkaSettings, RegistrySettings

PARTITIONS = 2
PATIENCE_SECONDS = 240.0
"""How long a stage may make no progress before the demo gives up."""
LAST_SECONDS = 60.0
"""How long no tweet may arrive before the rest counts as unaccounted for."""
KEPT_SECONDS = 20.0
"""How long bronze and gold may make no progress before the summary goes without them."""
LOOK_SECONDS = 0.1
"""How often a stage looks whether it is done."""
FOLLOW_SECONDS = 0.25
"""How often the lake is asked what is new."""
STAY_RATE = "50"
"""Invented tweets a second, once the replay is over and the demo stays."""
PRINT_SECONDS = 5.0
"""How often a line is printed where there is no terminal."""


AS_IT_IS: Mapping[str, Any] = {"highlight": False, "soft_wrap": True, "markup": False}


class Demo:
    """Trains, streams and counts.

    Args:
        folder: everything that the demo keeps; its lake is `lake` in it.
        data: labelled tweets: trained on, then replayed.
        rate: tweets a second; 0 is as fast as it goes.
        seconds: how long to replay at that rate.
        console: where it shows what it does.
        grid: of the trainer.
    """

    def __init__(
        self, folder: Path, data: Path, rate: float, seconds: float, console: Console, grid: str = "quick"
    ) -> None:
        self._folder = folder
        self._data = data
        self._rate = rate
        self._seconds = seconds
        self._console = console
        self._grid = grid
        self._progress = view.Progress()
        self._follower = Follower(folder / "lake")
        self._processes = Processes(folder)
        self._printed = 0.0
        self._began = time.monotonic()

    def run(self, stay: Callable[[Summary], None] | None = None) -> Summary:
        """Start everything, stream, and count what came of it.

        Args:
            stay: is given the count while everything goes on, with invented tweets; ends when it should end.

        Raises:
            UserError: a process failed, or nothing moved for a long time.
        """
        web = Web.below(self._folder)
        self._console.print(f"Watch it live: {web.page}\nAsk it:        {web.command}", **AS_IT_IS)
        with ExitStack() as stack:
            self._stage("starting Kafka")
            broker = stack.enter_context(EmbeddedBroker(self._folder / "broker", fresh=True))
            environment = self._environment(broker.bootstrap_servers)
            options = {name.lower(): value for name, value in environment.items()} | {"log_level": "WARNING"}
            kafka = KafkaSettings.from_options(**options, kafka_topic_partitions=PARTITIONS)
            log.configure(kafka)
            tweets = topic.ensure(kafka)
            admin = connection.connect(kafka)
            stack.callback(admin.close)
            # Ended before the broker is, so that each can finish what it began.
            stack.enter_context(self._processes)
            training = ("train", "--data", str(self._data), "--grid", self._grid)
            self._processes.start("trainer", environment, "trainer", *training)
            # The processor starts beside the trainer and waits for its model.
            self._processes.start("processor", environment, "stream_processor", "run")
            # It shows what there is from the beginning, and answers once there is a champion.
            self._processes.start("web", environment | web.variables, "web_service")
            live = stack.enter_context(
                Live(console=self._console, refresh_per_second=4, transient=True, get_renderable=self._view)
            )
            self._stage(f"training a model on {self._data.name}")
            self._wait("trainer", lambda: self._processes.has_ended("trainer"))
            self._stage("loading the model")
            model = champion(RegistrySettings.from_options(**options))
            self._progress.model = f"{model.name} version {model.version}"
            self._wait("processor", self._processes.heartbeat("processor").exists)
            self._processes.start("tables", environment, "stream_processor", "tables")
            following = Periodic("follower", self._follower.look, FOLLOW_SECONDS, failing="can't follow the lake")
            stack.enter_context(following)
            started = time.monotonic()
            self._stream(kafka, admin, tweets, environment)
            elapsed = time.monotonic() - started
            if stay is None:
                self._processes.stop("processor")
            self._stage("waiting for bronze and gold")
            self._happens(self._kept, KEPT_SECONDS, "tables", lasting=())
            if stay is None:
                self._processes.stop("tables")
            self._stage("asking the web service")
            self._wait("web", self._processes.heartbeat("web").exists, lasting=("web",))
            asked = web.ask()
            following.finish()
            self._follower.look()
            live.stop()
            produced = self._produced(admin, tweets)
            counted = summary.summarise(
                self._folder / "lake", tweets, produced, self._follower.seen, elapsed, model.labels
            )
            counted = replace(counted, web=asked | {"address": web.address, "token": str(web.token_file)})
            if stay is not None:
                self._processes.start("synthetic producer", environment, "producer", "synthetic", "--rate", STAY_RATE)
                stay(counted)
            return counted

    def _stream(
        self, kafka: KafkaSettings, admin: KafkaAdminClient, tweets: Topic, environment: dict[str, str]
    ) -> None:
        """Replay the data, and with it what is no tweet, until all of it is accounted for."""
        self._stage(f"streaming at {self._rate:,.0f}/s" if self._rate else "streaming as fast as it goes")
        self._progress.started = time.monotonic()
        limit = ["--limit", str(int(self._rate * self._seconds))] if self._rate else []
        replaying = ("replay", str(self._data), "--rate", str(self._rate), *limit)
        self._processes.start("producer", environment, "producer", *replaying)
        self._wait("producer", lambda: self._produced(admin, tweets) > 0)
        malformed.publish(kafka)
        self._wait("producer", lambda: self._produced(admin, tweets) >= 0 and self._processes.has_ended("producer"))
        self._stage("waiting for the last tweets")
        # Whether or not all of them come: the summary says what is unaccounted for.
        self._happens(lambda: self._follower.seen.accounted >= self._produced(admin, tweets), LAST_SECONDS)

    def _environment(self, bootstrap_servers: str) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
            "KAFKA_TOPIC": "tweets",
            "LAKE_URI": str(self._folder / "lake"),
            "CHECKPOINT_URI": str(self._folder / "checkpoints"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{self._folder / 'mlflow.db'}",
            "MLFLOW_ARTIFACTS": str(self._folder / "mlartifacts"),
            "MODEL_CACHE": str(self._folder / "models"),
            "MODEL_NAME": "tweet-sentiment",
            "MODEL_ALIAS": "champion",
            # Beside the user's own reports, not in their place.
            "TRAINER_STATE": str(self._folder / "trainer"),
            "BRONZE_SECONDS": "1",
            "SPARK_MASTER": "local[*]",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "console",
        }

    def _produced(self, admin: KafkaAdminClient, tweets: Topic) -> int:
        """Records on the topic; shows them, too."""
        self._progress.produced = sum(held.end for held in topic.ranges(admin, tweets).values())
        if not self._console.is_terminal and time.monotonic() - self._printed > PRINT_SECONDS:
            self._printed = time.monotonic()
            self._console.print(view.line(self._progress, self._follower.seen))
        return self._progress.produced

    def _stage(self, words: str) -> None:
        self._progress.stage, self._progress.since = words, time.monotonic()
        if not self._console.is_terminal:
            self._console.print(f"{time.monotonic() - self._began:5.1f} s  {words} …")

    def _view(self) -> Group:
        return view.render(self._progress, self._follower.seen)

    def _wait(self, name: str, done: Callable[[], bool], lasting: tuple[str, ...] = ("processor",)) -> None:
        """Wait for a condition while a process works on it, and those named run.

        Raises:
            UserError: a process failed, or nothing moved for a long time.
        """
        if not self._happens(done, PATIENCE_SECONDS, name, lasting):
            raise UserError(
                f"The {name} made no progress for {PATIENCE_SECONDS:.0f} s; see {self._processes.log(name)}."
            )

    def _kept(self) -> bool:
        """Whether bronze and gold have come as far as the stream."""
        held = summary.kept(self._folder / "lake")
        return held.bronze >= self._progress.produced and held.gold >= self._follower.seen.scored

    def _happens(
        self,
        done: Callable[[], bool],
        patience_seconds: float,
        name: str = "processor",
        lasting: tuple[str, ...] = ("processor",),
    ) -> bool:
        """Whether a condition comes true before nothing has moved for `patience_seconds`; the processes named must run meanwhile."""
        moved, before = time.monotonic(), self._signs_of_life()
        while not done():
            self._processes.require(*lasting)
            self._progress.said = self._processes.last_words(name)
            now = self._signs_of_life()
            moved, before = (time.monotonic(), now) if now != before else (moved, before)
            if time.monotonic() - moved > patience_seconds:
                return False
            time.sleep(LOOK_SECONDS)
        self._processes.require(*lasting)
        return True

    def _signs_of_life(self) -> tuple[int, ...]:
        seen = self._follower.seen
        return (self._progress.produced, seen.scored, seen.rejected, self._processes.printed_bytes())


def champion(settings: RegistrySettings) -> ModelVersion:
    """The champion, as the registry says.

    Raises:
        UserError: there is none, although a trainer has ended well.
    """
    # MLflow takes seconds to import, which pass while the processor loads the model.
    from sentistream.scoring import registry

    model = registry.resolve(settings)
    if model is None:
        raise UserError(f"The trainer registered no {settings.model_name}@{settings.model_alias}.")
    return model
