"""The options that every command of the producer has."""

from typing import Annotated

import typer

Rate = Annotated[float | None, typer.Option(envvar="RATE", help="Tweets a second; 0 is as fast as it goes.")]
Json = Annotated[
    bool, typer.Option("--json", envvar="JSON", help="Print the counts as one JSON object on standard output.")
]
BootstrapServers = Annotated[
    str | None,
    typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="host:port of the broker, several separated by commas."),
]
TopicName = Annotated[str | None, typer.Option(envvar="KAFKA_TOPIC", help="The topic to publish to.")]
MetricsPort = Annotated[
    int | None, typer.Option(envvar="METRICS_PORT", help="Serve Prometheus metrics there; 0 is nowhere.")
]
