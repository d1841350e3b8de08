import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from producer.live import preflight
from producer.live.connection import Connection
from producer.live.rules import OWN, Plan
from producer.live.settings import LiveSettings
from sentistream.errors import UserError
from tests.support.x_server import Refusal, XServer, client_not_enrolled, rate_limited, unauthorized, unavailable
from tests.support.x_server.server import RULES, TOKEN


@pytest.fixture
def x() -> Iterator[XServer]:
    with XServer([]) as server:
        yield server


def settings(server: XServer, **options: Any) -> LiveSettings:
    return LiveSettings.from_options(
        **{"x_bearer_token": TOKEN, "x_api_url": server.url, "queries": ["cats"], "max_posts": 5, **options}
    )


def connection(given: LiveSettings) -> Connection:
    return Connection(given.token(), given.x_api_url, given.silence_seconds)


def synchronised(given: LiveSettings) -> Plan:
    client = connection(given)
    plan = preflight.planned(client, given)
    preflight.apply(client, given, plan)
    return plan


def kept(x: XServer) -> dict[str, str | None]:
    return {rule["value"]: rule.get("tag") for rule in x.rulebook.kept.values()}


def test_the_rules_become_the_queries(x: XServer) -> None:
    synchronised(settings(x, queries=["cats", "dogs -is:retweet"], tags=["c", "d"]))
    assert kept(x) == {"cats": OWN + "c", "dogs -is:retweet": OWN + "d"}
    unchanged = next(rule for rule in x.rulebook.kept if x.rulebook.kept[rule]["value"] == "cats")
    synchronised(settings(x, queries=["cats", "birds"], tags=["c", "b"]))
    assert kept(x) == {"cats": OWN + "c", "birds": OWN + "b"}
    assert unchanged in x.rulebook.kept, "the rule itself stays"


def test_rules_in_step_are_not_touched(x: XServer) -> None:
    synchronised(settings(x))
    x.requests.clear()
    assert len(synchronised(settings(x)).unchanged) == 1
    assert [request.method for request in x.requests] == ["GET"]


def test_a_plan_changes_nothing(x: XServer) -> None:
    x.rulebook.put("fish", OWN + "fish")
    plan = preflight.planned(connection(settings(x)), settings(x))
    assert [rule.value for rule in plan.add + plan.remove] == ["cats", "fish"]
    assert kept(x) == {"fish": OWN + "fish"}


def test_foreign_rules_are_left_alone(x: XServer) -> None:
    x.rulebook.put("theirs")
    synchronised(settings(x, foreign_rules="keep"))
    assert kept(x) == {"theirs": None, "cats": OWN + "cats"}
    synchronised(settings(x, foreign_rules="remove"))
    assert kept(x) == {"cats": OWN + "cats"}


def test_the_plans_last_rule_can_be_replaced(x: XServer) -> None:
    x.rulebook.most = 1
    synchronised(settings(x))
    synchronised(settings(x, queries=["dogs"]))
    assert kept(x) == {"dogs": OWN + "dogs"}


@pytest.mark.parametrize(
    ("queries", "sentence"),
    [
        (["(cats"], r"X refuses the query '\(cats' \(5 characters\): UnprocessableEntity: .*missing"),
        (["c" * 600, "dogs"], r"\(600 characters\): UnprocessableEntity: .*longer than 512"),
        ([f"cats{number}" for number in range(26)], "plan allows no more rules .*Rule limit of 25"),
    ],
)
def test_a_limit_of_the_rules_is_named_and_nothing_is_changed(x: XServer, queries: list[str], sentence: str) -> None:
    x.rulebook.put("fish", OWN + "fish")
    if len(queries) > 1:
        x.rulebook.kept.clear()
    before = kept(x)
    with pytest.raises(UserError, match=sentence):
        synchronised(settings(x, queries=queries))
    assert kept(x) == before


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (unauthorized(), "X does not know the token in X_BEARER_TOKEN"),
        (client_not_enrolled(), "403 client-not-enrolled.*attach it to a project"),
        (Refusal(402, {"title": "CreditsDepleted", "detail": "no credits"}), "X wants credits for this"),
        (
            Refusal(429, {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped"}),
            "used up",
        ),
        (rate_limited(), r"X can't answer now \(429\): Too Many Requests"),
        (unavailable(), r"X can't answer now \(503\)"),
        (Refusal(418, {}), r"X refuses the request \(418\): no reason given"),
    ],
)
def test_a_refusal_is_one_plain_sentence(refusal: Refusal, sentence: str) -> None:
    with XServer([], rules=refusal) as x, pytest.raises(UserError, match=sentence) as raised:
        synchronised(settings(x))
    assert TOKEN not in str(raised.value)


def test_a_wrong_token_is_named_and_not_shown(x: XServer) -> None:
    wrong = TOKEN[::-1]
    with pytest.raises(UserError, match="X_BEARER_TOKEN") as raised:
        synchronised(settings(x, x_bearer_token=wrong))
    assert wrong not in str(raised.value)


def test_a_missing_token_says_where_to_get_one(x: XServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X_BEARER_TOKEN", raising=False)
    with pytest.raises(UserError, match="X_BEARER_TOKEN is not set: copy the bearer token"):
        settings(x, x_bearer_token=None).token()


def test_no_network_is_said_in_one_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        given = LiveSettings.from_options(x_bearer_token=TOKEN, x_api_url=url, queries=["cats"])
        with pytest.raises(UserError, match=rf"X can't be reached at {url} \(X_API_URL\): .*Connection refused"):
            preflight.planned(connection(given), given)


def test_the_token_is_in_no_log(x: XServer, caplog: pytest.LogCaptureFixture) -> None:
    given = settings(x)
    with caplog.at_level(logging.DEBUG):
        synchronised(given)
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(given)


def test_netrc_does_not_replace_the_token(x: XServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client = connection(settings(x))
    client.session.trust_env = True  # as it is for an address elsewhere
    preflight.apply(client, settings(x), preflight.planned(client, settings(x)))
    assert kept(x)


def test_a_proxy_that_refuses_is_named(x: XServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, x.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    given = settings(x, x_api_url="https://x.invalid")
    with pytest.raises(UserError, match=r"can't be reached at https://x\.invalid .*Tunnel connection failed"):
        preflight.planned(connection(given), given)


def test_this_machine_is_not_asked_for_by_a_proxy(x: XServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    synchronised(settings(x))


def test_more_than_a_page_of_rules_is_read(x: XServer) -> None:
    for number in range(25):
        x.rulebook.put(f"cats{number}", OWN + "cats")
    x.rulebook.page = 10
    assert len(connection(settings(x)).rules()) == 25
    assert sum(request.path == RULES for request in x.requests) == 3
