import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.lake_rows import NOW, empty_lake
from tests.support.silver import Silver
from tests.support.waiting import wait_until
from tests.support.web import ask, served
from web_service.settings import WebSettings


@contextmanager
def watching(port: int, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """A stream of events, each with its `event`, `id` and `data`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(
        "GET", "/live/events", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    assert answer.headers["content-type"].startswith("text/event-stream")

    def events() -> Iterator[dict[str, Any]]:
        event: dict[str, Any] = {}
        while line := answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                event[name] = json.loads(value) if name == "data" else value
            else:
                yield event
                event = {}

    try:
        yield events()
    finally:
        connection.close()


@pytest.fixture
def silver(tmp_path: Path) -> Silver:
    silver = Silver(empty_lake(tmp_path / "lake"))
    silver.append(["positive"], NOW)
    return silver


@pytest.fixture
def port(silver: Silver) -> Iterator[int]:
    with served(None, WebSettings(lake_uri=silver.lake.uri, web_viewers=2)) as port:
        wait_until(lambda: state(port)["totals"] == [0, 0, 1], what="silver is not shown")
        yield port


def state(port: int) -> Any:
    return ask(port, "GET", "/live/state").json


def wait_for_silver(events: Iterator[dict[str, Any]]) -> None:
    next(event for event in events if event["data"]["versions"])


def change(events: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return next(event for event in events if event["event"] == "change")


def test_a_commit_is_told_as_what_it_changes(port: int, silver: Silver) -> None:
    before = state(port)
    with watching(port) as events:
        assert next(events)["data"]["number"] == before["number"]
        silver.append(["negative", "neutral"], NOW + timedelta(seconds=5))
        told = change(events)["data"]
    assert told["after"] == before["number"]
    assert told["totals"] == [1, 1, 1]
    assert [step[1:] for step in told["steps"]] == [[1, 1, 0]]
    assert len(told["tweets"]) == 2


def test_a_stream_outlives_the_bound_of_a_request_and_comes_back_where_it_was(silver: Silver) -> None:
    settings = WebSettings(lake_uri=silver.lake.uri, web_seconds=1.5)
    with served(None, settings) as port, watching(port) as events:
        wait_for_silver(events)
        silver.append(["negative"], NOW)
        seen = change(events)["id"]
        # Two beats take longer than any other request may.
        assert [next(events)["event"] for _ in range(2)] == ["beat", "beat"]
        silver.append(["negative"], NOW)
        change(events)
        with watching(port, Last_Event_ID=seen) as again:
            assert next(again)["data"]["totals"] == [2, 0, 1]


def test_one_too_many_is_asked_to_come_again(port: int) -> None:
    with watching(port) as first, watching(port) as second:
        next(first), next(second)
        assert ask(port, "GET", "/live/events").status == 429


def test_head_of_a_stream_ends(port: int) -> None:
    answer = ask(port, "HEAD", "/live/events")
    assert (answer.status, answer.headers["content-type"], answer.body) == (
        200,
        "text/event-stream; charset=utf-8",
        b"",
    )
