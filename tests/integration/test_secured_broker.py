"""Each Kafka client against a real broker with TLS and logins: what is right works, and what is wrong is one sentence."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from producer.publisher import Publisher
from producer.record import Record
from producer.settings import ProducerSettings
from sentistream.kafka import client_config, connection, refusal, topic
from sentistream.kafka.client_credentials import TokenRefusedError
from sentistream.kafka.reading.reader import Reader
from sentistream.kafka.refusal import BrokerRefusedError
from sentistream.settings import KafkaSettings
from stream_processor.offsets import source
from tests.support.commands import run_module
from tests.support.places import FIXTURES
from tests.support.secured_broker import PASSWORD, SECRET, SecuredBroker, secured_broker
from tests.support.waiting import wait_until

pytestmark = pytest.mark.broker
ONE_SENTENCE_SECONDS = 30
WRONG_PASSWORD = {"kafka_sasl_password": "wrong"}
RECORD = Record(b"1", b"{}", ())
CLIENTS = ("confluent-kafka", "kafka-python")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    with secured_broker(tmp_path_factory.mktemp("secured")) as running:
        topic.ensure(running.settings("TLS"))
        yield running


@pytest.fixture(scope="module")
def pairs(broker: SecuredBroker) -> dict[str, dict[str, str]]:
    """Certificates of clients, as settings name them."""
    signed = {
        "right": broker.authority.signed("a-client"),
        "a stranger's": broker.stranger.signed("a-strange-client"),
        "expired": broker.authority.signed("a-client-of-yesterday", days=-1),
    }
    return {
        name: {"kafka_ssl_certificate_file": str(certificate), "kafka_ssl_key_file": str(key)}
        for name, (certificate, key) in signed.items()
    }


@dataclass(frozen=True)
class Way:
    """A listener, and what reaches it or doesn't."""

    listener: str
    mechanism: str | None = None
    pair: str | None = None

    def settings(self, broker: SecuredBroker, pairs: dict[str, dict[str, str]], **others: object) -> KafkaSettings:
        options: dict[str, object] = dict(pairs[self.pair]) if self.pair else {}
        if self.mechanism:
            options["kafka_sasl_mechanism"] = self.mechanism
        return broker.settings(self.listener, **options | others)


RIGHT = {
    "TLS": Way("TLS"),
    "client certificate": Way("MUTUAL", pair="right"),
    **{name: Way("LOGIN", name) for name in client_config.JAVA_LOGIN},
}
TOKENS = Way("LOGIN", client_config.OAUTHBEARER)


def producing(settings: KafkaSettings, client: str) -> ProducerSettings:
    given = settings.model_dump(exclude_unset=True) | {"kafka_sasl_password": settings.kafka_sasl_password}
    return ProducerSettings.from_options(**given, kafka_client=client)


@pytest.mark.parametrize("way", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("client", CLIENTS)
def test_each_way_in_takes_records(
    broker: SecuredBroker, pairs: dict[str, dict[str, str]], way: Way, client: str
) -> None:
    settings = way.settings(broker, pairs)
    assert topic.ensure(settings).partitions == (0,)
    with Publisher(producing(settings, client)) as publisher:
        publisher.publish(RECORD)
    assert (publisher.acknowledged, publisher.failed, publisher.refusal) == (1, 0, None)


def wrong(broker: SecuredBroker, pairs: dict[str, dict[str, str]]) -> dict[str, tuple[KafkaSettings, str]]:
    """What is wrong → settings with which it is so, and what is said of it."""
    stranger = {"kafka_ssl_ca_file": str(broker.stranger.file)}
    plain, tls = {"kafka_bootstrap_servers": broker.plain}, {"kafka_bootstrap_servers": broker.addresses["TLS"]}
    certificate = "does not take the client's certificate"
    return {
        "CA": (broker.settings("TLS", **stranger), "that none of KAFKA_SSL_CA_FILE vouches for"),
        "host name": (broker.settings("ELSEWHERE"), "for another host name"),
        "expired": (broker.settings("EXPIRED"), "that has expired"),
        "no client certificate": (broker.settings("MUTUAL"), certificate),
        "a stranger's certificate": (Way("MUTUAL", pair="a stranger's").settings(broker, pairs), certificate),
        "an expired certificate": (Way("MUTUAL", pair="expired").settings(broker, pairs), certificate),
        "a listener without TLS": (broker.settings("TLS", **plain), "ends each TLS handshake"),
        "a listener with TLS": (
            broker.settings("TLS", kafka_security_protocol="PLAINTEXT", kafka_ssl_ca_file=None),
            "wants TLS there",
        ),
        "a listener without login": (broker.settings("LOGIN", **tls), "takes no login there"),
        **{
            f"password, {name}": (
                Way("LOGIN", name).settings(broker, pairs, **WRONG_PASSWORD),
                "login: correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
            )
            for name in client_config.JAVA_LOGIN
            if name != client_config.OAUTHBEARER
        },
    }


WRONG = (
    "CA", "host name", "expired", "no client certificate", "a stranger's certificate", "an expired certificate", "a listener without TLS",
    "a listener with TLS", "a listener without login", "password, PLAIN", "password, SCRAM-SHA-256", "password, SCRAM-SHA-512",
)  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(
    broker: SecuredBroker, pairs: dict[str, dict[str, str]], what: str
) -> None:
    settings, said = wrong(broker, pairs)[what]
    started = time.monotonic()
    with pytest.raises(BrokerRefusedError) as refused:
        topic.ensure(settings)
    assert time.monotonic() - started < ONE_SENTENCE_SECONDS
    sentence = str(refused.value)
    assert sentence.startswith(f"The Kafka broker at {settings.kafka_bootstrap_servers} ")
    assert said in sentence
    assert "wrong" not in sentence


@pytest.mark.parametrize(
    ("options", "word"), [(WRONG_PASSWORD, "invalid_client"), ({"kafka_oauth_scope": "all"}, "scope")]
)
def test_a_token_that_is_not_granted_is_said_by_the_endpoints_word(
    broker: SecuredBroker, options: dict[str, str], word: str
) -> None:
    settings = TOKENS.settings(broker, {}, **options)
    with pytest.raises(TokenRefusedError, match=rf"refuses the client with 40\d \(.*{word}\): correct KAFKA_SASL"):
        topic.ensure(settings)


def test_a_token_endpoint_that_is_away_is_waited_for_and_then_named(broker: SecuredBroker) -> None:
    away = {"kafka_oauth_token_url": "http://127.0.0.1:1/token", "kafka_wait_seconds": 1}
    with pytest.raises(
        connection.NoBrokerError, match=r"token endpoint http://127\.0\.0\.1:1/token .* does not answer"
    ):
        topic.ensure(TOKENS.settings(broker, {}, **away))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("CA", "is not vouched for by KAFKA_SSL_CA_FILE, has expired, or is for another host name"),
        ("a stranger's certificate", "does not take the client's certificate"),
        ("a listener without login", "takes no login there"),
        ("password, SCRAM-SHA-512", "refuses the login"),
    ],
)
def test_librdkafka_gives_up_what_is_in_flight_where_the_broker_comes_to_refuse_it(
    broker: SecuredBroker, pairs: dict[str, dict[str, str]], what: str, said: str
) -> None:
    settings = producing(wrong(broker, pairs)[what][0], "confluent-kafka")
    publisher = Publisher(settings, threading.Event())
    publisher.publish(RECORD)
    wait_until(lambda: publisher.refusal is not None, ONE_SENTENCE_SECONDS)
    publisher.close()
    assert said in str(publisher.refusal)
    assert publisher.failed == 1


@pytest.mark.parametrize("name", ["client certificate", "SCRAM-SHA-256"])
def test_the_reader_of_bronze_reads(broker: SecuredBroker, pairs: dict[str, dict[str, str]], name: str) -> None:
    settings = RIGHT[name].settings(broker, pairs)
    with Publisher(producing(settings, "confluent-kafka")) as publisher:
        publisher.publish(RECORD)
    with Reader(settings) as reader:
        assert [piece.records.num_rows for piece in reader.read("secured", 0, 0, 1)] == [1]


def test_the_reader_of_bronze_says_what_is_wrong(broker: SecuredBroker) -> None:
    settings = broker.settings("LOGIN", **WRONG_PASSWORD)
    with Reader(settings) as reader, pytest.raises(BrokerRefusedError, match="refuses the login"):
        list(reader.read("secured", 0, 0, 1))


@pytest.mark.parametrize("name", ["client certificate", "SCRAM-SHA-256", client_config.OAUTHBEARER])
def test_spark_streams_and_shows_no_secret(
    spark: SparkSession, broker: SecuredBroker, pairs: dict[str, dict[str, str]], tmp_path: Path, name: str
) -> None:
    settings = RIGHT[name].settings(broker, pairs)
    allow(spark, settings)
    with Publisher(producing(settings, "confluent-kafka")) as publisher:
        publisher.publish(RECORD)
    records = source.read(spark, settings, source.starting_offsets(topic.ensure(settings), {0: 0}), 100)
    read: list[int] = []
    query = (
        records.writeStream.foreachBatch(lambda batch, _: read.append(batch.count()))
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)
    assert sum(read) >= 1
    shown = [
        query._jsq.explainInternal(True),  # type: ignore[attr-defined]  # Spark's own pages show that
        str(query.lastProgress),
        str(spark.sparkContext.getConf().getAll()),
    ]
    assert not any(secret in each for secret in (PASSWORD, SECRET, "PRIVATE KEY") for each in shown)


@pytest.mark.parametrize("what", ["CA", "host name", "expired", "a stranger's certificate", "password, SCRAM-SHA-256"])
def test_sparks_words_are_recognised(
    spark: SparkSession, broker: SecuredBroker, pairs: dict[str, dict[str, str]], what: str
) -> None:
    settings, said = wrong(broker, pairs)[what]
    with pytest.raises(Py4JJavaError) as failed:
        source.read_range(spark, settings, {0: (0, 1)}).count()
    reason = refusal.recognised(str(failed.value))
    assert reason is not None
    expected = "refuses the login" if what.startswith("password") else said
    assert expected in str(refusal.refused(settings, reason))


def allow(spark: SparkSession, settings: KafkaSettings) -> None:
    """What a session of a service is started with (`source.jvm_options`)."""
    for name, value in client_config.java_properties(settings).items():
        spark._jvm.java.lang.System.setProperty(name, value)  # type: ignore[union-attr]  # there is a JVM


def test_a_command_reads_its_secret_from_a_file_and_says_none_of_it(broker: SecuredBroker, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o644)
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": broker.addresses["LOGIN"],
        "KAFKA_TOPIC": "secured",
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SSL_CA_FILE": str(broker.authority.file),
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": "alice",
        "KAFKA_SASL_PASSWORD_FILE": str(file),
        "LOG_LEVEL": "DEBUG",
    }
    replay = ("producer", "replay", str(FIXTURES / "few.csv"), "--rate", "0")
    right = run_module(*replay, env=environment)
    assert right.returncode == 0, right.stderr
    assert "others can read a secret" in right.stderr
    file.write_text("another-password")
    refused = run_module(*replay, env=environment)
    assert refused.returncode == 1
    assert "login: correct KAFKA_SASL_USERNAME" in refused.stderr
    assert "Traceback" not in refused.stderr
    for printed in (right.stderr, right.stdout, refused.stderr, refused.stdout):
        assert not any(secret in printed for secret in (PASSWORD, "hunter2", "another-password"))
