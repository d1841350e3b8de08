"""The stand-in's shapes, and the requests that reach it, are what X's own description says."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from producer.live import preflight
from producer.live.connection import Connection
from producer.live.settings import LiveSettings
from tests.support.x_server import (
    KeepAlive,
    Posts,
    Refusal,
    XServer,
    client_not_enrolled,
    operational_disconnect,
    rate_limited,
    too_many_connections,
    unauthorized,
    unavailable,
)
from tests.support.x_server.posts import invented, recorded
from tests.support.x_server.server import RULES, STREAM, TOKEN

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}
COMMON = ("title", "type")
"""What each problem has that X's description lists. It lists none of those of the stream and of the rules, so more can't be checked."""

RENAMED = {
    b"retweet_count": b"repost_count",
    b"referenced_tweets": b"referenced_posts",
    b"edit_history_tweet_ids": b"edit_history_post_ids",
}
"""The description says Post for Tweet in its schemas, and still `referenced_tweets` where fields are asked for."""
NEWER = tuple(f"$.data.public_metrics.{name} is missing" for name in ("bookmark_count", "impression_count"))
"""Counts that the recorded stream of 2022 has not."""


class Description:
    """X's OpenAPI description, as far as these tests need it."""

    def __init__(self, file: Path) -> None:
        self.whole = orjson.loads(file.read_bytes())
        self.schemas = self.whole["components"]["schemas"]

    def faults(self, value: Any, schema: dict[str, Any], at: str = "$") -> list[str]:
        """Where a value is not what its schema says."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name == "Problem":
                return [f"{at}.{key} is missing" for key in COMMON if not isinstance(value.get(key), str)]
            return self.faults(value, self.schemas[name], at)
        kind = schema.get("type")
        if kind and (not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
            return [f"{at} is not {kind}: {value!r}"]
        found = [f"{at} is not one of {schema['enum']}"] if value not in schema.get("enum", [value]) else []
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{at} does not match {schema['pattern']}")
        if isinstance(value, list):
            found += [
                fault
                for place, each in enumerate(value)
                for fault in self.faults(each, schema.get("items", {}), f"{at}[{place}]")
            ]
        if isinstance(value, dict):
            found += [f"{at}.{name} is missing" for name in schema.get("required", []) if name not in value]
            properties = schema.get("properties", {})
            for name, each in value.items():
                if name in properties:
                    found += self.faults(each, properties[name], f"{at}.{name}")
                elif schema.get("additionalProperties") is False:
                    found.append(f"{at}.{name} is not allowed")
        return found

    def answer(self, path: str, method: str) -> dict[str, Any]:
        """The schema of an operation's good answer."""
        content = self.whole["paths"][path][method]["responses"]["200"]["content"]
        return content["application/json"]["schema"]  # type: ignore[no-any-return]  # parsed JSON

    def parameter(self, path: str, method: str, name: str) -> dict[str, Any]:
        """The schema of a query's parameter."""
        listed = self.whole["paths"][path][method]["parameters"]
        return next(each["schema"] for each in listed if each["name"] == name)  # type: ignore[no-any-return]  # parsed JSON


@pytest.fixture(scope="module")
def described(shared_data: Path) -> Description:
    file = shared_data / "twitter_api" / "openapi_v2.167.json"
    if not file.is_file():
        pytest.skip("X's description is not on this machine")
    return Description(file)


def ask(x: XServer, method: str, path: str, **options: Any) -> requests.Response:
    return requests.request(method, x.url + path, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10, **options)


def as_described(line: bytes) -> bytes:
    for old, new in RENAMED.items():
        line = line.replace(old, new)
    return line


def test_the_rules_answers_have_the_described_shape(described: Description) -> None:
    with XServer([]) as x:
        added = ask(x, "POST", RULES, json={"add": [{"value": "cats", "tag": "c"}, {"value": "(cats"}]})
        listed = ask(x, "GET", RULES)
        deleted = ask(x, "POST", RULES, json={"delete": {"ids": [listed.json()["data"][0]["id"]]}})
        empty = ask(x, "GET", RULES)
    assert added.json()["errors"]
    for answer in (added, deleted):
        assert described.faults(answer.json(), described.answer(RULES, "post")) == []
    for answer in (listed, empty):
        assert described.faults(answer.json(), described.answer(RULES, "get")) == []


def test_the_streams_lines_have_the_described_shape(described: Description, shared_data: Path) -> None:
    posts = [*recorded(shared_data), *invented(6)]
    with XServer(posts, [[Posts(), KeepAlive(), operational_disconnect()]]) as x:
        lines = ask(x, "GET", STREAM).content.split(b"\r\n")
    assert lines[-1] == lines[-3] == b"", "an end, and a sign of life"
    objects = [orjson.loads(as_described(line)) for line in lines if line]
    assert len(objects) == len(posts) + 1
    for place, each in enumerate(objects):
        faults = described.faults(each, described.answer(STREAM, "get"))
        assert faults == [] or (place < len(posts) - 6 and set(faults) <= set(NEWER))
        for fault in each.get("errors", []):
            assert isinstance(fault["detail"], str)


@pytest.mark.parametrize(
    "refusal", [unauthorized(), client_not_enrolled(), rate_limited(), unavailable(), too_many_connections()]
)
def test_a_refusal_is_a_problem_as_x_describes_them(described: Description, refusal: Refusal) -> None:
    with XServer([], [refusal]) as x:
        answer = ask(x, "GET", STREAM)
    assert answer.status_code == refusal.status
    assert answer.headers["Content-Type"] == "application/problem+json"
    shared = described.schemas["InvalidRequestProblem"]
    for name in shared["required"]:
        assert isinstance(answer.json()[name], str)


def test_our_requests_are_what_x_describes(described: Description) -> None:
    with XServer(invented(1), [[Posts()]]) as x:
        x.rulebook.put("fish", "sentistream:fish")
        settings = LiveSettings.from_options(
            x_bearer_token=TOKEN, x_api_url=x.url, queries=["cats"], backfill_minutes=5
        )
        client = Connection(settings.token(), settings.x_api_url, settings.silence_seconds)
        preflight.apply(client, settings, preflight.planned(client, settings))
        client.run(lambda _line: None, lambda: None, 5)
    posted = [request for request in x.requests if request.method == "POST"]
    assert [set(request.body) for request in posted] == [{"add"}, {"delete"}, {"add"}]
    for request in posted:
        assert described.faults(request.body, {"$ref": "#/components/schemas/UpdateRulesRequest"}) == []
    query = x.streams[0].query
    assert described.faults(query["tweet.fields"].split(","), described.parameter(STREAM, "get", "tweet.fields")) == []
    assert (
        described.faults(int(query["backfill_minutes"]), described.parameter(STREAM, "get", "backfill_minutes")) == []
    )
    assert described.parameter(RULES, "post", "dry_run")["type"] == "boolean"


def test_a_shape_that_is_not_described_is_noticed(described: Description) -> None:
    schema = described.answer(STREAM, "get")
    assert described.faults({"data": {"id": 5}}, schema) == ["$.data.id is not string: 5"]
    assert described.faults({"matching_rules": [{"tag": "c"}]}, schema) == ["$.matching_rules[0].id is missing"]
    assert described.faults({"matching_rules": [{"id": "c"}]}, schema)
    update = {"$ref": "#/components/schemas/UpdateRulesRequest"}
    assert described.faults({"change": []}, update) == ["$.change is not allowed"]
