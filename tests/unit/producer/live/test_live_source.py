import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from producer.live.settings import LiveSettings
from producer.live.source import LiveSource
from producer.record import Record
from sentistream.errors import UserError
from tests.support.places import SHARED
from tests.support.waiting import wait_until
from tests.support.x_server import (
    CutLine,
    Gzip,
    KeepAlive,
    Posts,
    Raw,
    Refusal,
    Repeat,
    Silence,
    Step,
    XServer,
    operational_disconnect,
    rate_limited,
    too_many_connections,
    unauthorized,
    unavailable,
)
from tests.support.x_server.posts import invented, recorded
from tests.support.x_server.server import TOKEN

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Run:
    """A run of the live source against the stand-in, with its waits written down instead of waited for."""

    server: XServer
    settings: LiveSettings
    waits: list[float] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    source: LiveSource | None = None
    now: datetime = NOON

    def records(self, take: int | None = None) -> list[Record]:
        """What the source yields; stopped from outside after `take` records."""
        found: list[Record] = []
        with LiveSource(self.settings, self.stopping, sleep=self.waits.append, now=lambda: self.now) as self.source:
            for record in self.source:
                found.append(record)
                if len(found) == take:
                    self.stopping.set()
        return found

    @property
    def done(self) -> LiveSource:
        assert self.source is not None
        return self.source


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    servers: list[XServer] = []

    def started(posts: Sequence[bytes], connections: Sequence[Refusal | Sequence[Step]] = (), **options: Any) -> Run:
        server = XServer(posts, connections).__enter__()
        servers.append(server)
        given = {
            "x_bearer_token": TOKEN,
            "x_api_url": server.url,
            "max_posts": len(posts),
            "budget_file": str(tmp_path / "budget.json"),
            "silence_seconds": 25,
        }
        return Run(server, LiveSettings.from_options(**{**given, **options}))

    yield started
    for server in servers:
        server.__exit__()


def test_the_payloads_own_bytes_are_passed_on(start: Start) -> None:
    posts = recorded(SHARED) or invented(41)
    records = start(posts).records()
    assert [record.value for record in records] == posts
    for record in records:
        post_id = orjson.loads(record.value)["data"]["id"].encode()
        assert record.key == post_id
        assert record.headers == (("schema", b"x.v2.tweet/1"), ("source", b"live"), ("source_position", post_id))


def test_what_the_contract_needs_is_asked_for(start: Start) -> None:
    run = start(invented(1))
    run.records()
    assert run.server.streams[0].query == {
        "tweet.fields": "author_id,created_at,lang,note_tweet,public_metrics,referenced_tweets"
    }


def test_a_compressed_stream_has_the_same_bytes(start: Start) -> None:
    posts = invented(50)
    assert [record.value for record in start(posts, [[Gzip(), Posts()]]).records()] == posts


def test_a_cut_line_is_left_out_and_comes_whole_on_the_next_connection(start: Start) -> None:
    posts = invented(6)
    run = start(posts, [[Posts(2), CutLine()], [Gzip(), Posts(2), CutLine()]])
    assert [record.value for record in run.records()] == posts
    assert run.waits == [0.25, 0.25]
    assert run.done.reconnects == 2


def test_a_line_that_is_cut_as_if_it_were_complete_is_paid_and_passed_on_to_be_rejected(start: Start) -> None:
    posts = invented(3)
    run = start(posts, [[Posts(1), CutLine(politely=True)]], max_posts=4)
    records = run.records()
    assert [records[0].value, *(record.value for record in records[2:])] == posts
    assert posts[1].startswith(records[1].value)
    assert run.done.unreadable == 1


def test_a_silent_connection_is_given_up(start: Start) -> None:
    posts = invented(4)
    run = start(posts, [[Posts(2), Silence()]], silence_seconds=2)
    assert [record.value for record in run.records()] == posts
    assert run.waits == [0.25]


def test_signs_of_life_hold_a_connection(start: Start) -> None:
    posts = invented(2)
    run = start(posts, [[Posts(1), *[KeepAlive()] * 16, Posts(1)]], silence_seconds=3)
    run.server.keep_alive_seconds = 0.2
    assert len(run.records()) == 2
    assert len(run.server.streams) == 1


def test_an_operational_disconnect_is_followed_by_another_connection(start: Start) -> None:
    posts = invented(4)
    run = start(posts, [[Posts(2), operational_disconnect(), Silence()]])
    assert [record.value for record in run.records()] == posts
    assert run.waits == [0.25]


def test_a_stream_that_breaks_off_at_once_is_not_hammered(start: Start) -> None:
    run = start(invented(1), [[]] * 70)
    run.records()
    assert run.waits == [min(0.25 * number, 16) for number in range(1, 71)]


def test_errors_of_the_server_are_waited_for_ever_longer(start: Start) -> None:
    run = start(invented(3), [unavailable(), Refusal(500, {}), unavailable(), [Posts(1)], Refusal(502, {})])
    run.records()
    assert run.waits == [5, 10, 20, 0.25, 5]


def test_a_rate_limit_is_waited_for_as_its_headers_say(start: Start) -> None:
    # Of the server's clock, which is not the reader's.
    soon = time.time() + 100
    refusals = [
        rate_limited(),
        rate_limited(),
        rate_limited(reset=soon),
        rate_limited(retry_after=7),
        unavailable(retry_after=9),
    ]
    run = start(invented(1), refusals)
    run.records()
    assert run.waits == [60, 120, pytest.approx(100, abs=2), 7, 9]


def test_backfill_is_asked_for_only_after_a_disconnection(start: Start) -> None:
    run = start(invented(2), [[Posts(1)]], backfill_minutes=3)
    run.records()
    assert [request.query.get("backfill_minutes") for request in run.server.streams] == [None, "3"]


def test_backfill_bridges_a_restart_that_is_as_short(start: Start) -> None:
    run = start(invented(3), backfill_minutes=3, max_posts=1)
    run.records()
    again = start(invented(3)[1:], backfill_minutes=3, max_posts=3)
    again.records()
    assert [request.query.get("backfill_minutes") for request in again.server.streams] == ["3"]


def test_a_repeated_post_is_passed_on_and_costs_nothing(start: Start) -> None:
    posts = invented(5)
    run = start(posts, [[Posts(3), Repeat(2)]])
    assert [record.value for record in run.records()] == [*posts[:3], *posts[1:3], *posts[3:]]
    assert (run.done.read, run.done.repeated, run.done.budget.posts) == (7, 2, 5)
    assert run.done.cost_usd == Decimal("0.025")


def test_reading_ends_at_the_cap_and_goes_on_with_the_rest(start: Start) -> None:
    posts = invented(30)
    run = start(posts, max_posts=10)
    assert [record.value for record in run.records()] == posts[:10]
    again = start(posts[10:], max_posts=25)
    assert [record.value for record in again.records()] == posts[10:25]
    with pytest.raises(UserError, match=r"The budget is used up: 25 posts, \$0.125"):
        start(posts, max_posts=25).records()


def test_a_cap_in_dollars_is_never_passed(start: Start) -> None:
    run = start(invented(30), max_posts=None, max_cost_usd="0.1", price_per_post_usd="0.007")
    assert len(run.records()) == 14
    assert run.done.cost_usd == Decimal("0.098")


def test_a_stop_ends_a_silent_connection_at_once(start: Start) -> None:
    run = start(invented(3), [[Posts(3), Silence()]], max_posts=100, silence_seconds=30)
    assert len(run.records(take=3)) == 3
    assert run.waits == []


def test_what_was_read_before_a_stop_is_still_passed_on(start: Start) -> None:
    posts = invented(200)
    run = start(posts, max_posts=1000)
    records = run.records(take=1)
    assert [record.value for record in records] == posts[: len(records)]
    assert run.done.budget.posts == run.done.read == len(records)


def test_a_slow_consumer_stops_the_reading_and_nothing_is_dropped(start: Start) -> None:
    posts = invented(300)
    run = start(posts, waiting_posts=3)
    with LiveSource(run.settings, run.stopping) as source:
        records = iter(source)
        values = [next(records).value]
        while source.read < 5:
            threading.Event().wait(0.01)
        threading.Event().wait(0.1)
        assert source.read == 5, "one is out, three wait, one is about to"
        values += [record.value for record in records]
    assert values == posts


def test_the_first_of_too_many_connections_is_refused(start: Start) -> None:
    with pytest.raises(UserError, match="another program reads the app's stream"):
        start(invented(1), [too_many_connections()]).records()


@pytest.mark.parametrize("told", [too_many_connections(), [Raw(orjson.dumps(too_many_connections().body)), Silence()]])
def test_our_own_broken_connection_may_still_count_for_a_while(start: Start, told: Refusal | list[Step]) -> None:
    run = start(invented(2), [[Posts(1)], told])
    assert len(run.records()) == 2
    assert run.waits == [0.25, 60]


def test_a_token_that_is_withdrawn_ends_the_run(start: Start) -> None:
    run = start(invented(5), [[Posts(2)], unauthorized()])
    with pytest.raises(UserError, match="X does not know the token"):
        run.records()
    assert run.done.read == 2


def test_an_unreadable_line_goes_on_with_its_bytes(start: Start) -> None:
    odd = [b'{"data": {"id": 5, "text": "no string"}}', b'{"data": {"id": "1"', b"[]"]
    run = start(invented(1), [[*map(Raw, odd), Posts(1)]], max_posts=4)
    records = run.records()
    assert [record.value for record in records[:3]] == odd
    assert all(0 < int(record.key) < 2**63 for record in records)
    assert run.done.unreadable == 3


def test_a_message_without_a_post_is_neither_counted_nor_passed_on(start: Start) -> None:
    run = start(invented(1), [[Raw(b'{"errors":[{"title":"odd"}]}'), Raw(b'{"meta":{}}'), Posts(1)]])
    assert len(run.records()) == 1
    assert run.done.read == 1


def test_the_lag_is_the_last_posts_age(start: Start) -> None:
    made_an_hour_ago = (int(NOON.timestamp() * 1000) - 3_600_000 - 1_288_834_974_657) << 22
    run = start(invented(1, made_an_hour_ago))
    run.records()
    assert run.done.lag_seconds == pytest.approx(3600)


def test_a_stream_that_has_not_seen_its_rules_yet_is_asked_again(start: Start) -> None:
    no_rules = Refusal(
        409, {"title": "ConnectionException", "connection_issue": "RuleConfigurationIssue", "detail": "no rules"}
    )
    run = start(invented(1), [no_rules])
    run.records()
    assert run.waits == [5]


def test_a_consumer_that_gives_up_leaves_the_budget_exact(start: Start, tmp_path: Path) -> None:
    run = start(invented(40), max_posts=1000, waiting_posts=10)
    with LiveSource(run.settings, run.stopping) as source:
        next(iter(source))
    written = orjson.loads((tmp_path / "budget.json").read_bytes())
    assert written["posts"] == source.budget.posts
    assert written["set_aside"] == 0


def test_a_budget_that_cannot_be_written_ends_the_run(start: Start, tmp_path: Path) -> None:
    run = start(invented(5))
    (tmp_path / "budget.json.new").mkdir()
    with pytest.raises(UserError, match="can't be written, so nothing more is read"):
        run.records()
    assert run.done.read == 0


def test_the_running_cost_is_logged(start: Start) -> None:
    run = start(invented(3), report_seconds=0.0001)
    with structlog.testing.capture_logs() as logged:
        run.records()
    reports = [line for line in logged if line["event"] == "reading"]
    assert [line["cost_usd"] for line in reports] == ["0", "0.005", "0.010"]
    assert reports[-1]["posts_left"] == 1


def test_a_slow_consumer_is_said_once(start: Start) -> None:
    run = start(invented(20), waiting_posts=1)
    with structlog.testing.capture_logs() as logged, LiveSource(run.settings, run.stopping) as source:

        def said() -> int:
            return sum(line["event"].startswith("Kafka is slower than X") for line in logged)

        records = iter(source)
        next(records)
        wait_until(lambda: said() == 1)
        for taken in range(2, 6):
            next(records)
            # One waits and one is about to: it is full again.
            while source.read < taken + 2:
                threading.Event().wait(0.01)
        assert len(list(records)) == 15
    assert said() == 1
