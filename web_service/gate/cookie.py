"""What a browser holds instead of the token: proof that it was given here, for a day, from which the token can't be told."""

import hmac
from http.cookies import CookieError, SimpleCookie

NAME = "sentistream_token"
SECONDS = 24 * 3600
"""How long it holds; a service with another token takes none of the old one's."""
PURPOSE = b"sentistream/page/1 "


def issued(token: bytes, now: float) -> str:
    """The cookie's value: when it ends (s since 1970), and an HMAC-SHA256 of that by the token."""
    ends = int(now) + SECONDS
    return f"{ends}.{_proof(token, ends)}"


def is_valid(token: bytes, header: bytes | None, now: float) -> bool:
    """Whether a request's header `Cookie` holds one that was issued by this token, and has not ended."""
    try:
        held = SimpleCookie((header or b"").decode("latin-1")).get(NAME)
    except CookieError:
        return False
    ends, _, proof = (held.value if held is not None else "").partition(".")
    if not (ends.isascii() and ends.isdigit() and len(ends) <= 12):
        return False
    return hmac.compare_digest(_proof(token, int(ends)).encode(), proof.encode()) and now < int(ends)


def _proof(token: bytes, ends: int) -> str:
    return hmac.digest(token, PURPOSE + str(ends).encode(), "sha256").hex()
