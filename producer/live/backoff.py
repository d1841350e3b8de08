"""How long to wait before the next connection, as X asks; pure.

https://docs.x.com/x-api/posts/filtered-stream/integrate/handling-disconnections (tweepy's stream names its older address): network errors
linearly by 250 ms up to 16 s; HTTP errors exponentially from 5 s to 320 s; 429 exponentially from one minute.
"""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

NETWORK_STEP, NETWORK_LONGEST = 0.25, 16.0
HTTP_FIRST, HTTP_LONGEST = 5.0, 320.0
RATE_LIMIT_FIRST = 60.0
RATE_LIMIT_WINDOW = 900.0
"""X's rate limits count over 15 minutes; a header that asks for more is a wrong clock."""
LIMITED = (420, 429)


class Backoff:
    """Seconds to wait after each failure in a row; `reset` once a connection has brought something."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again with the shortest waits."""
        self._network = 0.0
        self._http = 0.0

    def after_network_error(self) -> float:
        """After a connection that failed, broke off, fell silent or was closed."""
        self._network = min(self._network + NETWORK_STEP, NETWORK_LONGEST)
        return self._network

    def after_http_error(self, status: int, headers: Mapping[str, str], now: float) -> float:
        """After an answer other than 200.

        Args:
            status: the HTTP status.
            headers: the answer's headers, looked up without regard to case by the caller's mapping.
            now: seconds since the epoch.
        """
        first = RATE_LIMIT_FIRST if status in LIMITED else HTTP_FIRST
        longest = RATE_LIMIT_WINDOW if status in LIMITED else HTTP_LONGEST
        self._http = min(max(self._http * 2, first), longest)
        asked = asked_for(headers, now) if status in LIMITED or status == 503 else None
        return self._http if asked is None else asked


def asked_for(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the answer's own headers ask to wait; None where they say nothing that lies ahead.

    `retry-after` (RFC 9110: seconds or a date) goes before `x-rate-limit-reset` (seconds since the epoch:
    https://docs.x.com/x-api/fundamentals/rate-limits). A reset within this second is waited for by one more.
    What is said as a date counts from the answer's own `date`: this machine's clock may be another.
    """
    said_at = _date(headers.get("date"))
    now = now if said_at is None else said_at
    waits = (_retry_after(headers.get("retry-after"), now), _reset(headers.get("x-rate-limit-reset"), now))
    return next((min(wait, RATE_LIMIT_WINDOW) for wait in waits if wait is not None and wait > 0), None)


def _retry_after(written: str | None, now: float) -> float | None:
    if written is None:
        return None
    if (seconds := _number(written)) is not None:
        return seconds
    moment = _date(written)
    return None if moment is None else moment - now


def _date(written: str | None) -> float | None:
    """Seconds since the epoch of a date in one of HTTP's three forms (RFC 9110, 5.6.7), of which one names no zone and means GMT."""
    try:
        moment = parsedate_to_datetime(written or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _reset(written: str | None, now: float) -> float | None:
    at = _number(written or "")
    return None if at is None else at - now + 1


def _number(written: str) -> float | None:
    # float() takes fewer blanks than strip() does, and more than digits.
    digits = written.strip()
    return float(digits) if digits.isascii() and digits.isdigit() else None
