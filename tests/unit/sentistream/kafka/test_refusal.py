"""What the words of clients are taken for; the integration tests have them said by the clients themselves."""

import pytest

from sentistream.kafka import refusal


@pytest.mark.parametrize(
    "words",
    [
        "sasl_ssl://b:9092/1: SASL authentication error: Local: Broker transport failure (after 3ms in state AUTH_REQ)",
        "sasl_ssl://b:9092/1: SASL PLAIN mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: ",
        "b:9092/1: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration "
        "(connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request) (after 2ms in state APIVERSION_QUERY)",
        "ssl://b:9092/1: SSL handshake failed: Disconnected: connecting to a PLAINTEXT broker listener? (after 1ms in state SSL_HANDSHAKE)",
        "ssl://b:9092/1: Receive failed: SSL transport error: Connection reset by peer (after 1ms in state UP)",
        "b:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)",
        "1/1 brokers are down",
        "Failed to acquire SASL OAUTHBEARER token: Failed to connect to login.example:443 after 0 ms",
        "KafkaConnectionError: Handshake failed: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1006)",
        "KafkaConnectionError: [SSL: TLSV1_ALERT_INTERNAL_ERROR] tlsv1 alert internal error (_ssl.c:2580)",
        "KafkaConnectionError: socket disconnected",
    ],
)
def test_a_broker_that_restarts_refuses_nobody_for_certain(words: str) -> None:
    reason = refusal.recognised(words)
    assert reason is None or not reason.is_certain


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("SASL authentication error: Broker: SASL Authentication failed", "refuses the login"),
        ("SaslAuthenticationFailedError: [Error 58] SASL_AUTHENTICATION_FAILED", "refuses the login"),
        (
            "Broker: Unsupported SASL mechanism: broker's supported mechanisms: PLAIN",
            "does not know this way to log in",
        ),
        ("UnsupportedSaslMechanismError: [Error 33]", "does not know this way to log in"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "talks without TLS there"),
        ("javax.net.ssl.SSLHandshakeException: Received fatal alert: bad_certificate", "does not take the client's"),
        ("certificate verify failed: certificate is not yet valid", "that is not yet valid"),
        (
            "certificate verify failed: self-signed certificate in certificate chain",
            "none of KAFKA_SSL_CA_FILE vouches",
        ),
    ],
)
def test_what_is_certain_is_known_by_any_clients_words(words: str, found: str) -> None:
    reason = refusal.recognised(words)
    assert reason is not None
    assert reason.is_certain
    assert found in reason.found
