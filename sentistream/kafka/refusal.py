"""Why a broker and a client don't come together, in one sentence, from the words of any of the clients."""

import re
from dataclasses import dataclass

from sentistream.errors import UserError
from sentistream.settings import KafkaSettings


class BrokerRefusedError(UserError):
    """Broker and client refuse each other; asking again changes nothing."""


@dataclass(frozen=True)
class Reason:
    """By which words of kafka-python (OpenSSL), librdkafka and Java it is known, and what to say of it."""

    words: re.Pattern[str]
    found: str
    remedy: str
    seconds: float = 0.0
    """For how long each try has to end so before it is certain: a broker that restarts breaks off connections, too."""

    @property
    def is_certain(self) -> bool:
        """Whether the words leave nothing else."""
        return self.seconds == 0


def _reason(words: str, found: str, remedy: str, seconds: float = 0.0) -> Reason:
    return Reason(re.compile(words, re.IGNORECASE), found, remedy, seconds)


LOGIN_SECONDS = 1.0
"""Who comes so far is at a broker that serves."""
BREAKING_OFF_SECONDS = 10.0
"""What is before a broker may take connections for a while, and break them off."""
LOGIN = "correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, or KAFKA_SASL_MECHANISM"
WANTS_TLS = _reason(
    r"connecting to a SSL (broker )?listener",
    "wants TLS there",
    "set KAFKA_SECURITY_PROTOCOL to SSL or SASL_SSL, or correct the port",
    # librdkafka's guess of any broker that breaks off.
    seconds=BREAKING_OFF_SECONDS,
)
REASONS = (
    _reason(
        r"hostname mismatch|IP address mismatch|No name matching|No subject alternative",
        "shows a certificate for another host name",
        "write KAFKA_BOOTSTRAP_SERVERS with a name that is in the certificate",
    ),
    _reason(
        r"certificate has expired|NotAfter|CertificateExpired",
        "shows a certificate that has expired",
        "have the broker's certificate renewed",
    ),
    _reason(
        r"not yet valid|NotBefore|CertificateNotYetValid",
        "shows a certificate that is not yet valid",
        "compare the clocks of both machines",
    ),
    _reason(
        r"unable to get (local )?issuer|self.signed certificate|valid certification path|PKIX path|basic constraints",
        "shows a certificate that none of KAFKA_SSL_CA_FILE vouches for",
        "name the file with the certificate of the broker's CA",
    ),
    _reason(
        r"broker certificate could not be verified|certificate.verify.failed",
        "shows a certificate that is not vouched for by KAFKA_SSL_CA_FILE, has expired, or is for another host name",
        "correct KAFKA_SSL_CA_FILE or KAFKA_BOOTSTRAP_SERVERS, or have the certificate renewed",
    ),
    _reason(
        r"alert[: _]+(bad[ _]certificate|unsupported[ _]certificate|certificate|unknown[ _]ca|access[ _]denied|decrypt[ _]error)",
        "does not take the client's certificate",
        "set KAFKA_SSL_CERTIFICATE_FILE and KAFKA_SSL_KEY_FILE to a pair that the broker's CA has signed and that has not expired",
    ),
    _reason(
        r"wrong.version.number|unsupported or unrecognized SSL message",
        "talks without TLS there",
        "correct the port, or set KAFKA_SECURITY_PROTOCOL without SSL",
    ),
    _reason(
        r"PLAINTEXT broker listener|EOF occurred in violation|unexpected.eof",
        "ends each TLS handshake",
        "if the listener talks without TLS, correct the port or set KAFKA_SECURITY_PROTOCOL without SSL",
        seconds=BREAKING_OFF_SECONDS,
    ),
    WANTS_TLS,
    _reason(
        r"IllegalSaslState|not valid in (the )?current SASL state",
        "takes no login there",
        "set KAFKA_SECURITY_PROTOCOL without SASL, or correct the port",
    ),
    _reason(
        r"unsupported ?sasl ?mechanism|not enabled in the server",
        "does not know this way to log in",
        "set KAFKA_SASL_MECHANISM to one that the broker has enabled",
    ),
    _reason(
        r"OAUTHBEARER token|access token|token endpoint|retrieving token|error response .?.?invalid_",
        "can't be asked, since no token was granted",
        "correct KAFKA_OAUTH_TOKEN_URL, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_OAUTH_SCOPE",
        seconds=BREAKING_OFF_SECONDS,
    ),
    _reason(
        r"SaslAuthenticationFailed|SaslAuthenticationException|authentication failed|invalid credentials",
        "refuses the login",
        LOGIN,
    ),
    _reason(r"login was broken off", "breaks off each login", LOGIN, LOGIN_SECONDS),
)
"""The first whose words are met counts."""


def recognised(words: str) -> Reason | None:
    """The reason that a client's words name; None where they name none."""
    return next((each for each in REASONS if each.words.search(words)), None)


def refused(settings: KafkaSettings, reason: Reason) -> BrokerRefusedError:
    """The sentence for a reason, without the client's words: they may quote what was sent."""
    return BrokerRefusedError(
        f"The Kafka broker at {settings.kafka_bootstrap_servers} {reason.found}: {reason.remedy} (docs/troubleshooting.md)."
    )
