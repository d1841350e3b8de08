"""Which settings of a connection go together, and what each client makes of them."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from sentistream.errors import UserError
from sentistream.kafka import client_config
from sentistream.settings import KafkaSettings
from tests.support.certificates import Authority

LOGIN = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_username": "alice", "kafka_sasl_password": "hunter2"}
TOKENS = LOGIN | {"kafka_sasl_mechanism": "OAUTHBEARER", "kafka_oauth_token_url": "https://login.example/token"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"), "our-ca")


@pytest.fixture(scope="module")
def pair(authority: Authority) -> tuple[str, str]:
    certificate, key = authority.signed("a-client")
    return str(certificate), str(key)


def refused(**options: object) -> str:
    with pytest.raises(UserError) as refusal:
        KafkaSettings.from_options(**options)
    assert refusal.value.exit_code == 2
    return str(refusal.value)


@pytest.mark.parametrize("name", ["kafka_ssl_ca_file", "kafka_ssl_certificate_file", "kafka_oauth_ca_file"])
def test_a_file_without_a_certificate_is_refused_by_its_variable(name: str, tmp_path: Path) -> None:
    absent, other = tmp_path / "absent.pem", tmp_path / "other.pem"
    other.write_bytes(b"\xff\x00 no certificate")
    tls = {"kafka_security_protocol": "SSL"}
    assert refused(**tls | {name: str(absent)}) == (
        f"{name.upper()}: {absent} can't be read (No such file or directory)"
    )
    assert refused(**tls | {name: str(other)}).startswith(f"{name.upper()}: {other} ")
    other.write_text("no certificate")
    assert refused(**tls | {name: str(other)}) == f"{name.upper()}: {other} holds no certificate in PEM form"


def test_certificate_and_key_go_together_and_match(authority: Authority, pair: tuple[str, str]) -> None:
    certificate, key = pair
    tls = {"kafka_security_protocol": "SSL"}
    alone = refused(**tls, kafka_ssl_key_file=key)
    assert "KAFKA_SSL_KEY_FILE is set without KAFKA_SSL_CERTIFICATE_FILE" in alone
    alone = refused(**tls, kafka_ssl_certificate_file=certificate)
    assert "KAFKA_SSL_CERTIFICATE_FILE is set without KAFKA_SSL_KEY_FILE" in alone
    _, of_another = authority.signed("another-client")
    other = refused(**tls, kafka_ssl_certificate_file=certificate, kafka_ssl_key_file=str(of_another))
    assert "is not of the certificate" in other


@pytest.mark.parametrize(
    ("form", "encryption"),
    [
        (PrivateFormat.TraditionalOpenSSL, NoEncryption()),
        (PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase")),
    ],
)
def test_a_key_that_not_all_clients_can_read_is_refused_with_the_command_that_mends_it(
    pair: tuple[str, str], tmp_path: Path, form: PrivateFormat, encryption: KeySerializationEncryption
) -> None:
    certificate, key = pair
    out = tmp_path / "other.key"
    held = load_pem_private_key(Path(key).read_bytes(), None)
    out.write_bytes(held.private_bytes(Encoding.PEM, form, encryption))
    sentence = refused(
        kafka_security_protocol="SSL", kafka_ssl_certificate_file=certificate, kafka_ssl_key_file=str(out)
    )
    assert sentence.startswith(f"KAFKA_SSL_KEY_FILE: {out} holds no unencrypted private key in PKCS#8 form")
    assert "openssl pkcs8 -topk8 -nocrypt" in sentence


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SASL_PLAINTEXT"])
def test_what_only_tls_reads_is_not_passed_over_without_it(authority: Authority, protocol: str) -> None:
    sentence = refused(**LOGIN | {"kafka_security_protocol": protocol}, kafka_ssl_ca_file=str(authority.file))
    assert f"KAFKA_SSL_CA_FILE is set, and KAFKA_SECURITY_PROTOCOL={protocol} talks without TLS" in sentence


def test_a_login_needs_all_that_its_mechanism_takes() -> None:
    assert "needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD" in refused(kafka_security_protocol="SASL_SSL")
    assert "needs KAFKA_SASL_USERNAME" in refused(**LOGIN | {"kafka_sasl_password": ""})
    assert "OAUTHBEARER needs KAFKA_OAUTH_TOKEN_URL" in refused(**TOKENS | {"kafka_oauth_token_url": ""})


@pytest.mark.parametrize(
    "url", ["http://login.example/token", "https://alice:hunter2@login.example/", "ftp://x/", "https://a/ b"]
)
def test_a_clients_secret_goes_to_an_encrypted_address_only(url: str) -> None:
    sentence = refused(**TOKENS | {"kafka_oauth_token_url": url})
    assert sentence.startswith("KAFKA_OAUTH_TOKEN_URL: ")
    assert "hunter2" not in sentence


def test_what_the_version_before_took_goes_on() -> None:
    before = {"kafka_security_protocol": "SASL_PLAINTEXT", "kafka_sasl_username": "a", "kafka_sasl_password": "b"}
    settings = KafkaSettings.from_options(**before)
    assert client_config.kafka_python(settings) == {
        "bootstrap_servers": ["localhost:9092"],
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "a",
        "sasl_plain_password": "b",
    }
    assert client_config.librdkafka(settings) == {
        "bootstrap.servers": "localhost:9092",
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "a",
        "sasl.password": "b",
    }
    assert client_config.java(settings)["sasl.jaas.config"] == (
        'org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b";'
    )
    # A user without a protocol that logs in was passed over.
    KafkaSettings.from_options(kafka_sasl_username="a")


def test_no_client_passes_a_host_name_over(authority: Authority) -> None:
    settings = KafkaSettings.from_options(kafka_security_protocol="SSL", kafka_ssl_ca_file=str(authority.file))
    assert client_config.kafka_python(settings) == {
        "bootstrap_servers": ["localhost:9092"],
        "security_protocol": "SSL",
        "ssl_cafile": str(authority.file),
    }, "kafka-python's own default is to check"
    for options in (client_config.librdkafka(settings), client_config.java(settings)):
        assert options["ssl.endpoint.identification.algorithm"] == "https"


def test_java_gets_what_a_token_needs_in_its_own_words() -> None:
    extensions = "logicalCluster=lkc-1,identityPoolId=pool-2"
    settings = KafkaSettings.from_options(**TOKENS, kafka_oauth_scope="a b", kafka_oauth_extensions=extensions)
    assert client_config.java(settings)["sasl.jaas.config"].endswith(
        ' required clientId="alice" clientSecret="hunter2" scope="a b" extension_logicalCluster="lkc-1" '
        'extension_identityPoolId="pool-2";'
    )
    assert client_config.java_properties(settings) == {
        client_config.JAVA_ALLOWED_URLS: "https://login.example/token",
    }
    assert client_config.librdkafka(settings)["sasl.oauthbearer.extensions"] == extensions


def test_no_secret_is_part_of_what_settings_show(pair: tuple[str, str]) -> None:
    settings = KafkaSettings.from_options(**TOKENS, kafka_ssl_certificate_file=pair[0], kafka_ssl_key_file=pair[1])
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hunter2" not in shown
    assert "PRIVATE KEY" not in shown
