"""The whole system as processes, as a user starts them: processor, keeper of bronze and gold, and web service."""

import itertools
import subprocess
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

import orjson
from kafka import KafkaProducer

from sentistream.kafka import topic
from sentistream.lake.tables import REJECTED, SCORED
from sentistream.settings import KafkaSettings
from tests.support.commands import start_module
from tests.support.lake_rows import rows
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tests.support.web import Web


class Streaming:
    """A context manager that starts them on a broker, a registry and a lake of their own, and ends them.

    Args:
        environment: their settings.
        kafka: the same as settings of this process.
    """

    def __init__(self, environment: Mapping[str, str], kafka: KafkaSettings) -> None:
        self.environment = dict(environment)
        self._kafka = kafka
        self._ids = itertools.count(1)
        self._tables: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        topic.ensure(self._kafka)
        self.processor = start_module("stream_processor", "run", env=self.environment)
        self.web = Web(**self.environment)
        wait_until(
            lambda: self.web.health() == 200, what="no version answers", alive=[self.web.process, self.processor]
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(self.web.said()[-5_000:])  # noqa: T201 - for whoever reads why it failed
        self.web.stop()
        for process in filter(None, (self.processor, self._tables)):
            process.kill()
            process.communicate()

    @property
    def origin(self) -> str:
        """Of the web service."""
        return f"http://127.0.0.1:{self.web.port}"

    def keep_tables(self) -> None:
        """Start the keeper of bronze and gold, where it does not run yet."""
        if self._tables is None:
            self._tables = start_module("stream_processor", "tables", env=self.environment)

    def kill_processor(self) -> None:
        """As a crash would."""
        self.processor.kill()
        self.processor.communicate()

    def return_processor(self) -> None:
        """Start it again."""
        self.processor = start_module("stream_processor", "run", env=self.environment)

    def publish(self, *tweets: Mapping[str, object]) -> list[int]:
        """Publish tweets, each with an id of its own; their ids.

        Args:
            tweets: fields of `data`; `rules` are the tags of the rules that matched.
        """
        ids = list(itertools.islice(self._ids, len(tweets)))
        self.publish_records(*(_record(number, each) for number, each in zip(ids, tweets, strict=True)))
        return ids

    def publish_records(self, *values: bytes | None) -> None:
        """Publish bytes as they are."""
        producer = KafkaProducer(bootstrap_servers=self._kafka.kafka_bootstrap_servers)
        for value in values:
            producer.send(self._kafka.kafka_topic, value=value, key=b"a key")
        producer.flush(PATIENCE_SECONDS)
        producer.close()

    def wait_for(self, ids: Iterable[int]) -> None:
        """Wait until these tweets are committed."""
        wanted = set(ids)
        wait_until(
            lambda: wanted <= set(rows(self.environment, SCORED, "tweet_id")),
            what="not every tweet is scored",
            alive=[self.processor],
        )

    def wait_for_rejected(self, number: int) -> None:
        """Wait until so many records are rejected."""
        wait_until(
            lambda: len(rows(self.environment, REJECTED, "reason")) >= number,
            what="not every record is rejected",
            alive=[self.processor],
        )


def _record(number: int, tweet: Mapping[str, object]) -> bytes:
    data = {"id": str(number), **{name: value for name, value in tweet.items() if name != "rules"}}
    tags = [{"id": str(at), "tag": tag} for at, tag in enumerate(tweet.get("rules", ()), 1)]  # type: ignore[arg-type, var-annotated]
    return orjson.dumps({"data": data, "matching_rules": tags} if tags else {"data": data})
