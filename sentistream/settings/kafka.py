"""How to reach the broker: one set of settings for every Kafka client (`sentistream/kafka/client_config.py` says it in each one's words)."""

import re
import ssl
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from sentistream.settings.secret_files import PrivateFile
from sentistream.settings.service import LocalPath, ServiceSettings

TopicName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
BootstrapServers = Annotated[str, Field(pattern=r"^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$")]
LOOPBACK = ("localhost", "127.0.0.1", "::1")
TO_PKCS8 = "openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW"


def _none_if_empty(written: object) -> object:
    """An empty variable stands for none, as Compose hands it on."""
    return written or None


def _certificates(file: str) -> str:
    """A PEM file that holds certificates by which another one can be judged."""
    _readable(file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        raise ValueError(f"{file} holds no certificate in PEM form") from None
    return file


def _pkcs8(file: str) -> str:
    """A PEM file that holds a key as all clients can read it."""
    if "-----BEGIN PRIVATE KEY-----" not in _readable(file):
        raise ValueError(
            f"{file} holds no unencrypted private key in PKCS#8 form, which Kafka's Java client wants: make one by `{TO_PKCS8}`, "
            "readable by the service's user alone"
        )
    return file


def _readable(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except OSError as refused:
        raise ValueError(f"{file} can't be read ({refused.strerror})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not in PEM form") from None


def _safe_for_a_secret(url: str) -> str:
    """An address that the client's secret may be sent to: https, or this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("should begin with https:// (http:// on this machine only), the client's secret is sent there")
    if not parts.hostname or parts.username or parts.fragment:
        raise ValueError("should be https://host/path")
    return url


Optional = BeforeValidator(_none_if_empty)
CertificatesFile = Annotated[LocalPath, AfterValidator(_certificates)]
KeyFile = Annotated[LocalPath, AfterValidator(_pkcs8)]
# Without what a JVM's options would have to quote.
TokenUrl = Annotated[str, Field(pattern=r"^https?://[^\s\"'\\]+$"), AfterValidator(_safe_for_a_secret)]


class KafkaSettings(ServiceSettings):
    """How to reach the broker and the topic."""

    kafka_bootstrap_servers: BootstrapServers = "localhost:9092"
    """host:port of the broker, several separated by commas."""
    kafka_topic: TopicName = "tweets"
    """The topic that tweets are published to and read from."""
    kafka_topic_partitions: int = Field(2, ge=1, le=1000)
    """Partitions of the topic where it has to be created."""
    kafka_security_protocol: Literal["PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL", "SSL"] = "PLAINTEXT"
    """How to talk to the broker: with SSL by TLS, with SASL after a login."""
    kafka_ssl_ca_file: Annotated[CertificatesFile | None, Optional] = None
    """A PEM file with the certificates that vouch for the broker's, which is always checked, as is its host name; without it those of the system (of Java, for Spark)."""
    kafka_ssl_certificate_file: Annotated[CertificatesFile | None, Optional] = None
    """A PEM file with the client's certificate, and those between it and the broker's CA, where the broker asks for one."""
    kafka_ssl_key_file: Annotated[KeyFile | None, Optional, PrivateFile()] = None
    """A PEM file with the client certificate's key: PKCS#8, unencrypted; never printed."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = "PLAIN"
    """How to log in with a SASL protocol."""
    kafka_sasl_username: str | None = None
    """The user who logs in; with OAUTHBEARER the client's id."""
    kafka_sasl_password: SecretStr | None = None
    """The user's password, with OAUTHBEARER the client's secret; never printed."""
    kafka_oauth_token_url: Annotated[TokenUrl | None, Optional] = None
    """Where OAUTHBEARER gets its tokens: an endpoint of OAuth 2.0 that grants client credentials."""
    kafka_oauth_scope: Annotated[str | None, Optional] = Field(None, pattern=r"^[\x21\x23-\x5b\x5d-\x7e ]+$")
    """What to ask the token endpoint for, where it wants that."""
    kafka_oauth_extensions: Annotated[str | None, Optional] = Field(
        None, pattern=r"^[A-Za-z]+=[\x21-\x2b\x2d-\x7e]+(,[A-Za-z]+=[\x21-\x2b\x2d-\x7e]+)*$"
    )
    """What the broker wants beside a token, as `name=value,name=value`: Confluent Cloud its `logicalCluster` and `identityPoolId`."""
    kafka_oauth_ca_file: Annotated[CertificatesFile | None, Optional] = None
    """As KAFKA_SSL_CA_FILE, for the token endpoint."""
    kafka_wait_seconds: float = Field(120, ge=0)
    """How long to wait for a broker that does not answer."""

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.kafka_security_protocol.endswith("SSL")

    @property
    def logs_in(self) -> bool:
        """Whether the broker is told who asks, by SASL."""
        return self.kafka_security_protocol.startswith("SASL")

    @property
    def oauth_extensions(self) -> dict[str, str]:
        """Name → value of `kafka_oauth_extensions`."""
        pairs = re.findall(r"([A-Za-z]+)=([^,]+)", self.kafka_oauth_extensions or "")
        return dict(pairs)

    @model_validator(mode="after")
    def _combine(self) -> Self:
        certificate, key = self.kafka_ssl_certificate_file, self.kafka_ssl_key_file
        of_tls = {"KAFKA_SSL_CA_FILE": self.kafka_ssl_ca_file, "KAFKA_SSL_CERTIFICATE_FILE": certificate}
        unused = [name for name, file in of_tls.items() if file is not None]
        if unused and not self.uses_tls:
            raise ValueError(
                f"{unused[0]} is set, and KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} talks without TLS: "
                "set it to SSL, or to SASL_SSL"
            )
        if (certificate is None) != (key is None):
            given, lacking = ("KAFKA_SSL_KEY_FILE", "KAFKA_SSL_CERTIFICATE_FILE")[:: -1 if key is None else 1]
            raise ValueError(f"{given} is set without {lacking}: give both, or neither")
        if certificate is not None and key is not None:
            _require_pair(certificate, key)
        if self.logs_in and not (self.kafka_sasl_username and self.kafka_sasl_password):
            raise ValueError(
                f"KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD "
                "(or KAFKA_SASL_PASSWORD_FILE)"
            )
        if self.logs_in and self.kafka_sasl_mechanism == "OAUTHBEARER" and self.kafka_oauth_token_url is None:
            raise ValueError("KAFKA_SASL_MECHANISM=OAUTHBEARER needs KAFKA_OAUTH_TOKEN_URL")
        return self


def _require_pair(certificate: str, key: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password="")
    except ssl.SSLError as refused:
        why = "is not of" if refused.reason == "KEY_VALUES_MISMATCH" else "can't be read with"
        raise ValueError(f"KAFKA_SSL_KEY_FILE: the key in {key} {why} the certificate in {certificate}") from None
