"""A broker as they are run: listeners with TLS and SASL beside the plain one, and what a client needs for each."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from sentistream.kafka import client_config
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.settings import KafkaSettings
from tests.support.certificates import Authority
from tests.support.token_endpoint import AUDIENCE, TokenEndpoint

USER, PASSWORD = "alice", 'hunter2 "\\ of $1'
"""With characters that JAAS quotes."""
CLIENT, SECRET = "a-client", "a-secret-of-a-client"
LISTENERS = {"TLS": "SSL", "MUTUAL": "SSL", "EXPIRED": "SSL", "ELSEWHERE": "SSL", "LOGIN": "SASL_SSL"}
"""Each listener's name and protocol."""


@dataclass(frozen=True)
class SecuredBroker:
    """Where its listeners are, and the files with which a client reaches them."""

    plain: str
    """The address of the listener without TLS."""
    addresses: dict[str, str]
    """Name of a listener → its address."""
    authority: Authority
    stranger: Authority
    """Another authority, which the broker does not know."""
    tokens: TokenEndpoint
    bundle: Path
    """Certificates of several authorities, with words between, as a system has them; the broker's is among them."""

    def settings(self, listener: str, **others: object) -> KafkaSettings:
        """What reaches a listener, with what a test has otherwise."""
        options = {
            "kafka_bootstrap_servers": self.addresses[listener],
            "kafka_security_protocol": LISTENERS[listener],
            "kafka_ssl_ca_file": str(self.bundle),
            "kafka_topic": "secured",
            "kafka_topic_partitions": 1,
            "kafka_wait_seconds": 20,
        }
        if listener == "LOGIN":
            options |= {"kafka_sasl_username": USER, "kafka_sasl_password": PASSWORD}
        if others.get("kafka_sasl_mechanism") == client_config.OAUTHBEARER:
            options |= {"kafka_sasl_username": CLIENT, "kafka_sasl_password": SECRET}
            options["kafka_oauth_token_url"] = self.tokens.url
        return KafkaSettings.from_options(**options | others)


@contextmanager
def secured_broker(folder: Path) -> Iterator[SecuredBroker]:
    """A broker with all listeners, and a user for each mechanism."""
    authority, stranger = Authority(folder, "our-ca"), Authority(folder, "a-stranger")
    bundle = folder / "bundle.pem"
    another = Authority(folder, "another-ca")
    bundle.write_text("\n".join(f"# {each.file.name}\n{each.file.read_text()}" for each in (another, authority)))
    ports = {name: free_port() for name in LISTENERS}
    with TokenEndpoint(CLIENT, SECRET).serving() as tokens:
        (folder / "jwks.json").write_text(tokens.jwks)
        jwks = (folder / "jwks.json").as_uri()
        properties = _listeners(folder, authority, ports) | _logins(jwks)
        with (
            mock.patch.dict("os.environ", {"JDK_JAVA_OPTIONS": f"-D{client_config.JAVA_ALLOWED_URLS}={jwks}"}),
            EmbeddedBroker(folder / "broker", fresh=True, properties=properties) as broker,
        ):
            admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
            for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
                admin.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, mechanism, PASSWORD)])
            admin.close()
            addresses = {name: f"localhost:{port}" for name, port in ports.items()}
            yield SecuredBroker(broker.bootstrap_servers, addresses, authority, stranger, tokens, bundle)


def _listeners(folder: Path, authority: Authority, ports: dict[str, int]) -> dict[str, str]:
    shown = {
        "TLS": authority.signed("a-broker"),
        "MUTUAL": authority.signed("a-broker-that-asks"),
        "EXPIRED": authority.signed("a-broker-of-yesterday", days=-1),
        "ELSEWHERE": authority.signed("a-broker-elsewhere", ("elsewhere.example",)),
        "LOGIN": authority.signed("a-broker-with-logins"),
    }
    properties = {
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items()),
        "advertised.listeners": ",".join(f"{name}://localhost:{port}" for name, port in ports.items()),
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in LISTENERS.items()),
        "listener.name.mutual.ssl.client.auth": "required",
        "listener.name.mutual.ssl.truststore.type": "PEM",
        "listener.name.mutual.ssl.truststore.location": str(authority.file),
    }
    for name, (certificate, key) in shown.items():
        both = folder / f"{name}.pem"
        both.write_text(key.read_text() + certificate.read_text())
        prefix = f"listener.name.{name.lower()}.ssl.keystore"
        properties |= {f"{prefix}.type": "PEM", f"{prefix}.location": str(both)}
    return properties


def _logins(jwks: str) -> dict[str, str]:
    at = "listener.name.login"
    password = client_config.quoted(PASSWORD).replace("\\", "\\\\")
    scram = f"{client_config.OF_JAVA}.scram.ScramLoginModule required;"
    plain = f"{client_config.JAVA_LOGIN['PLAIN']} required user_{USER}={password};"
    oauth = f"{client_config.OF_JAVA}.oauthbearer"
    return {
        f"{at}.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        f"{at}.plain.sasl.jaas.config": plain,
        f"{at}.scram-sha-256.sasl.jaas.config": scram,
        f"{at}.scram-sha-512.sasl.jaas.config": scram,
        f"{at}.oauthbearer.sasl.jaas.config": f"{oauth}.OAuthBearerLoginModule required;",
        f"{at}.oauthbearer.sasl.server.callback.handler.class": f"{oauth}.OAuthBearerValidatorCallbackHandler",
        f"{at}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url": jwks,
        f"{at}.oauthbearer.sasl.oauthbearer.expected.audience": AUDIENCE,
    }
