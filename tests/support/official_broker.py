"""The official Kafka image as a Testcontainer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sentistream.kafka.embedded_broker import free_port
from tests.support.places import ROOT

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

USER, PASSWORD = "sentistream", "an invented pass'word;"


@contextmanager
def official_broker(sasl: bool = False) -> "Iterator[tuple[DockerContainer, str]]":
    """A running broker and its address; with `sasl` it wants USER and PASSWORD."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for_logs

    port = free_port()
    # Any KAFKA_ variable replaces the image's default configuration, so all of it is given.
    configuration = {
        "CLUSTER_ID": "5L6g3nShT-eMCtK--X86sw",
        "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "CLIENT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"CLIENT://localhost:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": f"CONTROLLER:PLAINTEXT,CLIENT:{'SASL_PLAINTEXT' if sasl else 'PLAINTEXT'}",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "CLIENT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_HEAP_OPTS": "-Xmx512m",
        "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    }
    if sasl:
        login = "org.apache.kafka.common.security.plain.PlainLoginModule"
        configuration |= {
            "KAFKA_SASL_ENABLED_MECHANISMS": "PLAIN",
            "KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL": "PLAIN",
            "KAFKA_LISTENER_NAME_CLIENT_PLAIN_SASL_JAAS_CONFIG": (
                f'{login} required username="{USER}" password="{PASSWORD}" user_{USER}="{PASSWORD}";'
            ),
        }
    container = DockerContainer("apache/kafka:4.1.0").with_envs(**configuration)
    container.with_volume_mapping(ROOT / "deploy" / "start-kafka.sh", "/start-kafka.sh", "ro")
    container.with_command("bash /start-kafka.sh")
    container.ports["9092/tcp"] = ("127.0.0.1", port)
    with container:
        wait_for_logs(container, "Kafka Server started", timeout=90)
        yield container, f"localhost:{port}"
