"""`python -m benchmarks.load`: tweets to Kafka at a steady rate, each with the moment of its sending as `created_at`.

The client is librdkafka's, so that the load itself costs the measured system little.
"""

import itertools
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from confluent_kafka import Producer

from benchmarks.texts import texts

SLICE_SECONDS = 0.01
"""Records are sent in slices of this length: finer than any latency that is measured."""
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    bootstrap_servers: Annotated[str, typer.Option()],
    rate: Annotated[float, typer.Option(help="Tweets a second; 0: as fast as it goes.")],
    tweets: Annotated[int, typer.Option()],
    topic: Annotated[str, typer.Option()] = "tweets",
    first_id: Annotated[int, typer.Option()] = 1,
    data: Annotated[Path | None, typer.Option(help="A labelled file; invented texts without one.")] = None,
) -> None:
    """Send, and end when everything is acknowledged."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap_servers,
            "enable.idempotence": True,
            "linger.ms": 5,
            "partitioner": "murmur2_random",
            "compression.type": "lz4" if rate == 0 else "none",
            "queue.buffering.max.messages": 200_000,
        }
    )
    headers: list[tuple[str, str | bytes | None]] = [("schema", b"x.v2.tweet/1"), ("source", b"synthetic")]
    source = itertools.cycle(texts(data))
    started = time.monotonic()
    for number in range(tweets):
        if rate:
            due = started + int(number / rate / SLICE_SECONDS) * SLICE_SECONDS
            while (ahead := due - time.monotonic()) > 0:
                producer.poll(0)
                time.sleep(ahead)
        tweet_id = str(first_id + number)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        value = {"data": {"id": tweet_id, "text": next(source), "created_at": now, "author_id": "7", "lang": "en"}}
        while True:
            try:
                producer.produce(topic, orjson.dumps(value), tweet_id, headers=headers)
                break
            except BufferError:
                producer.poll(0.1)
        if number % 1000 == 0:
            producer.poll(0)
    producer.flush()


if __name__ == "__main__":
    app()
