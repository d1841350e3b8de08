"""The connection of each Kafka client: one set of settings in kafka-python's, librdkafka's and Java's words.

Each checks the broker's certificate and its host name wherever it talks by TLS; no setting switches that off.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentistream.kafka.client_credentials import TokenProvider
from sentistream.settings import KafkaSettings

OAUTHBEARER = "OAUTHBEARER"
OF_JAVA = "org.apache.kafka.common.security"
JAVA_LOGIN = {
    "PLAIN": f"{OF_JAVA}.plain.PlainLoginModule",
    "SCRAM-SHA-256": f"{OF_JAVA}.scram.ScramLoginModule",
    "SCRAM-SHA-512": f"{OF_JAVA}.scram.ScramLoginModule",
    OAUTHBEARER: f"{OF_JAVA}.oauthbearer.OAuthBearerLoginModule",
}
JAVA_CLIENT_CREDENTIALS = f"{OF_JAVA}.oauthbearer.OAuthBearerLoginCallbackHandler"
JAVA_ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls"
"""Java's system property: where its client may ask for tokens."""


def kafka_python(settings: KafkaSettings) -> dict[str, Any]:
    """The connection in kafka-python's words."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.uses_tls:
        options |= _given(
            {
                "ssl_cafile": settings.kafka_ssl_ca_file,
                "ssl_certfile": settings.kafka_ssl_certificate_file,
                "ssl_keyfile": settings.kafka_ssl_key_file,
            }
        )
    if settings.logs_in:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        if settings.kafka_sasl_mechanism == OAUTHBEARER:
            options["sasl_oauth_token_provider"] = TokenProvider(settings)
        else:
            options |= {
                "sasl_plain_username": settings.kafka_sasl_username,
                "sasl_plain_password": _password(settings),
            }
    return options


def librdkafka(settings: KafkaSettings) -> dict[str, Any]:
    """The connection in librdkafka's words, for confluent-kafka's clients."""
    options: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "security.protocol": settings.kafka_security_protocol,
    }
    if settings.uses_tls:
        options["ssl.endpoint.identification.algorithm"] = "https"
        options |= _given(
            {
                "ssl.ca.location": settings.kafka_ssl_ca_file,
                "ssl.certificate.location": settings.kafka_ssl_certificate_file,
                "ssl.key.location": settings.kafka_ssl_key_file,
            }
        )
    if settings.logs_in:
        options["sasl.mechanism"] = settings.kafka_sasl_mechanism
        if settings.kafka_sasl_mechanism == OAUTHBEARER:
            options |= {
                "sasl.oauthbearer.method": "oidc",
                "sasl.oauthbearer.client.id": settings.kafka_sasl_username,
                "sasl.oauthbearer.client.secret": _password(settings),
            }
            options |= _given(
                {
                    "sasl.oauthbearer.token.endpoint.url": settings.kafka_oauth_token_url,
                    "sasl.oauthbearer.scope": settings.kafka_oauth_scope,
                    "sasl.oauthbearer.extensions": settings.kafka_oauth_extensions,
                    "https.ca.location": settings.kafka_oauth_ca_file,
                }
            )
        else:
            options |= {"sasl.username": settings.kafka_sasl_username, "sasl.password": _password(settings)}
    return options


def java(settings: KafkaSettings) -> dict[str, str]:
    """The connection in the words of Kafka's Java client; what files hold is handed on, since executors elsewhere have none of them."""
    options = {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "security.protocol": settings.kafka_security_protocol,
    }
    if settings.uses_tls:
        options["ssl.endpoint.identification.algorithm"] = "https"
        if settings.kafka_ssl_ca_file is not None:
            options |= {
                "ssl.truststore.type": "PEM",
                "ssl.truststore.certificates": _text(settings.kafka_ssl_ca_file),
            }
        if settings.kafka_ssl_certificate_file is not None and settings.kafka_ssl_key_file is not None:
            options |= {
                "ssl.keystore.type": "PEM",
                "ssl.keystore.certificate.chain": _text(settings.kafka_ssl_certificate_file),
                "ssl.keystore.key": _text(settings.kafka_ssl_key_file),
            }
    if settings.logs_in:
        options |= {"sasl.mechanism": settings.kafka_sasl_mechanism, "sasl.jaas.config": _jaas(settings)}
        if settings.kafka_oauth_token_url is not None and settings.kafka_sasl_mechanism == OAUTHBEARER:
            options |= {
                "sasl.login.callback.handler.class": JAVA_CLIENT_CREDENTIALS,
                "sasl.oauthbearer.token.endpoint.url": settings.kafka_oauth_token_url,
            }
    return options


def java_properties(settings: KafkaSettings) -> dict[str, str]:
    """The system properties that a JVM needs beside `java`."""
    if settings.logs_in and settings.kafka_sasl_mechanism == OAUTHBEARER and settings.kafka_oauth_token_url is not None:
        return {JAVA_ALLOWED_URLS: settings.kafka_oauth_token_url}
    return {}


def _jaas(settings: KafkaSettings) -> str:
    given = {"username": settings.kafka_sasl_username or "", "password": _password(settings)}
    if settings.kafka_sasl_mechanism == OAUTHBEARER:
        given = {"clientId": given["username"], "clientSecret": given["password"]}
        if settings.kafka_oauth_scope is not None:
            given["scope"] = settings.kafka_oauth_scope
        if settings.kafka_oauth_ca_file is not None:
            given |= {
                "ssl.truststore.type": "PEM",
                "ssl.truststore.certificates": _text(settings.kafka_oauth_ca_file),
            }
        given |= {f"extension_{name}": value for name, value in settings.oauth_extensions.items()}
    options = " ".join(f"{name}={quoted(value)}" for name, value in given.items())
    return f"{JAVA_LOGIN[settings.kafka_sasl_mechanism]} required {options};"


def quoted(value: str) -> str:
    """A value as JAAS writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _given(options: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}


def _password(settings: KafkaSettings) -> str:
    return settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else ""


def _text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8")
