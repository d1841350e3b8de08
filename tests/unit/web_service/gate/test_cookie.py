"""What a browser holds in the token's place."""

import pytest

from web_service.gate import cookie

TOKEN, NOW = b"an-invented-token-of-32-characters", 1_000_000.0


def header(value: str) -> bytes:
    return f"other=1; {cookie.NAME}={value}".encode()


def test_it_holds_for_as_long_as_it_says_and_for_this_token_alone() -> None:
    held = header(cookie.issued(TOKEN, NOW))
    assert TOKEN not in held
    assert cookie.is_valid(TOKEN, held, NOW + cookie.SECONDS - 1)
    assert not cookie.is_valid(TOKEN, held, NOW + cookie.SECONDS)
    assert not cookie.is_valid(TOKEN + b"2", held, NOW)


@pytest.mark.parametrize("ends", ["9999999999", "-1", "1e9", "٣", "", "9" * 40])
def test_what_was_not_issued_holds_nothing(ends: str) -> None:
    proof = cookie.issued(TOKEN, NOW).partition(".")[2]
    assert not cookie.is_valid(TOKEN, header(f"{ends}.{proof}"), NOW)


@pytest.mark.parametrize(
    "given", [None, b"", b"sentistream_token", b'sentistream_token="', b"\xff=\xfe; ]=[", b";" * 99]
)
def test_any_header_is_looked_at_without_failing(given: bytes | None) -> None:
    assert not cookie.is_valid(TOKEN, given, NOW)
