"""OAuth 2.0's grant of client credentials (RFC 6749, 4.4) for kafka-python, which has none; librdkafka and Java's client bring their own."""

import base64
import json
import ssl
import threading
import time
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from kafka.net.sasl.oauth import AbstractTokenProvider

from sentistream.errors import UserError
from sentistream.settings import KafkaSettings

ANSWER_SECONDS = 10.0
"""How long the endpoint may take."""
RENEWED_AT = 0.8
"""Of a token's life, after which the next connection gets a new one."""
MOST_BYTES = 1 << 20
"""Of an answer."""


class TokenError(UserError):
    """The token endpoint does not answer; it may later."""


class TokenRefusedError(UserError):
    """The token endpoint answers, and grants no token."""


class _NoRedirect(HTTPRedirectHandler):
    """The client's secret goes to the address that was given and to no other."""

    def redirect_request(self, *_: Any) -> None:
        return None


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]  # kafka-python has no types
    """A token for each connection, asked for when there is none that is fresh."""

    def __init__(self, settings: KafkaSettings) -> None:
        super().__init__()
        self._settings = settings
        self._asking = threading.Lock()
        self._token = ""
        self._renewed_at = 0.0

    def token(self) -> str:
        """A token that is fresh.

        Raises:
            TokenError: the endpoint does not answer.
            TokenRefusedError: it answers, and grants none.
        """
        with self._asking:
            if time.monotonic() >= self._renewed_at:
                asked = time.monotonic()
                self._token, seconds = granted(self._settings)
                self._renewed_at = asked + RENEWED_AT * seconds
            return self._token

    def extensions(self) -> dict[str, str]:
        """What the broker wants beside it."""
        return self._settings.oauth_extensions


def granted(settings: KafkaSettings) -> tuple[str, float]:
    """A new token, and for how many seconds it holds.

    Raises:
        TokenError: the endpoint does not answer.
        TokenRefusedError: it answers, and grants none.
    """
    url = settings.kafka_oauth_token_url or ""
    at = f"The token endpoint {url} (KAFKA_OAUTH_TOKEN_URL)"
    trusted = ssl.create_default_context(cafile=settings.kafka_oauth_ca_file)
    opener = build_opener(_NoRedirect, HTTPSHandler(context=trusted))
    try:
        with opener.open(_request(url, settings), timeout=ANSWER_SECONDS) as response:
            answer = response.read(MOST_BYTES)
    except HTTPError as refused:
        if refused.code >= 500:
            raise TokenError(f"{at} fails with {refused.code}.") from None
        raise TokenRefusedError(
            f"{at} refuses the client with {refused.code}{_error(refused)}: correct KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_OAUTH_SCOPE."
        ) from None
    except URLError as failed:
        if isinstance(failed.reason, ssl.SSLCertVerificationError):
            raise TokenRefusedError(
                f"{at} shows a certificate that is refused (KAFKA_OAUTH_CA_FILE): {failed.reason.verify_message}."
            ) from None
        raise TokenError(f"{at} does not answer: {failed.reason}.") from None
    except OSError as failed:
        raise TokenError(f"{at} does not answer: {failed}.") from None
    try:
        told = json.loads(answer)
        return str(told["access_token"]), float(told.get("expires_in", 60))
    except (ValueError, KeyError, TypeError):
        raise TokenRefusedError(f"{at} answers with something else than a token.") from None


def _request(url: str, settings: KafkaSettings) -> Request:
    secret = settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else ""
    # Not encoded for a form, as RFC 6749 would have it: the other clients don't do it either.
    client = f"{settings.kafka_sasl_username}:{secret}"
    asked = {"grant_type": "client_credentials"}
    if settings.kafka_oauth_scope is not None:
        asked["scope"] = settings.kafka_oauth_scope
    headers = {"Authorization": f"Basic {base64.b64encode(client.encode()).decode()}", "Accept": "application/json"}
    return Request(url, urlencode(asked).encode(), headers)  # noqa: S310 - https, or http on this machine


def _error(refused: HTTPError) -> str:
    """OAuth's word for it, as `: invalid_client`; nothing else of the answer."""
    try:
        word = json.loads(refused.read(MOST_BYTES))["error"]
    except (ValueError, KeyError, TypeError, OSError):
        return ""
    return f" ({word[:40]})" if isinstance(word, str) and word.replace("_", "").isalnum() else ""
