import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from producer.live.backoff import Backoff, asked_for

NOW = 1_700_000_000.0


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_network_errors_are_waited_for_linearly_up_to_16_seconds() -> None:
    backoff = Backoff()
    waits = [backoff.after_network_error() for _ in range(100)]
    assert waits[:4] == [0.25, 0.5, 0.75, 1.0]
    assert waits[63:] == [16.0] * 37


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (500, [5, 10, 20, 40, 80, 160, 320, 320]),
        (503, [5, 10, 20, 40, 80, 160, 320, 320]),
        (429, [60, 120, 240, 480, 900, 900]),
    ],
)
def test_http_errors_are_waited_for_exponentially(status: int, waits: list[float]) -> None:
    backoff = Backoff()
    assert [backoff.after_http_error(status, {}, NOW) for _ in waits] == waits
    backoff.reset()
    assert backoff.after_http_error(status, {}, NOW) == waits[0]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Rate-Limit-Reset": "1700000030"}, 31),
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": formatdate(NOW + 40, usegmt=True)}, 40),
        ({"Retry-After": time.asctime(time.gmtime(NOW + 40))}, 40),
        ({"Retry-After": time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(NOW + 40))}, 40),
        # X's clock goes an hour before ours.
        ({"Date": formatdate(NOW + 3600, usegmt=True), "Retry-After": formatdate(NOW + 3640, usegmt=True)}, 40),
        ({"Date": formatdate(NOW + 3600, usegmt=True), "x-rate-limit-reset": str(int(NOW) + 3630)}, 31),
        ({"Date": formatdate(NOW + 3600, usegmt=True), "Retry-After": "12"}, 12),
        ({"Retry-After": "12", "x-rate-limit-reset": "1700000030"}, 12),
        ({"Retry-After": "soon", "x-rate-limit-reset": "1700000030"}, 31),
        ({"x-rate-limit-reset": "1699999990"}, None),
        ({"x-rate-limit-reset": "1800000000"}, 900),
        ({"x-rate-limit-reset": "-1"}, None),
        ({}, None),
        # What strip() takes for a blank and float() does not.
        ({"retry-after": "7\x1f"}, 7),
        ({"x-rate-limit-reset": f"\x1c{NOW + 5:.0f}"}, 6),
    ],
)
@pytest.mark.usefixtures("far_from_greenwich")
def test_a_header_that_lies_ahead_says_how_long(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_for(CaseInsensitiveDict(headers), NOW) == seconds


@given(
    st.dictionaries(st.sampled_from(["date", "retry-after", "x-rate-limit-reset"]), st.text()),
    st.sampled_from([429, 503, 500]),
)
def test_whatever_the_headers_say_there_is_a_sane_wait(headers: dict[str, str], status: int) -> None:
    assert 0 < Backoff().after_http_error(status, headers, NOW) <= 900
