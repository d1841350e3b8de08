"""`python -m producer live` as a process, against the stand-in for X."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sentistream.kafka import connection, topic
from sentistream.settings import KafkaSettings
from tests.support.commands import run_module
from tests.support.places import ROOT, SHARED
from tests.support.topic_records import consume
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tests.support.x_server import CutLine, Gzip, Posts, Repeat, Silence, Step, XServer, operational_disconnect
from tests.support.x_server.posts import invented, recorded
from tests.support.x_server.server import TOKEN


def environment(x: XServer, folder: Path, kafka: KafkaSettings | None = None) -> dict[str, str]:
    broker = (
        {"KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers, "KAFKA_TOPIC": kafka.kafka_topic} if kafka else {}
    )
    return {
        "X_BEARER_TOKEN": TOKEN,
        "X_API_URL": x.url,
        "BUDGET_FILE": str(folder / "budget.json"),
        "LOG_LEVEL": "DEBUG",
        **broker,
    }


def live(
    x: XServer, folder: Path, *options: str, kafka: KafkaSettings | None = None
) -> subprocess.CompletedProcess[str]:
    run = run_module("producer", "live", *options, env=environment(x, folder, kafka))
    assert TOKEN not in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    return run


def on_topic(settings: KafkaSettings) -> int:
    admin = connection.connect(settings)
    try:
        found = topic.describe(admin, settings.kafka_topic)
        return sum(held.end for held in topic.ranges(admin, found).values()) if found else 0
    finally:
        admin.close()


def test_live_posts_reach_kafka_unchanged_and_the_budget_holds_over_runs(kafka: KafkaSettings, tmp_path: Path) -> None:
    posts = recorded(SHARED) or invented(41)
    connections: list[Sequence[Step]] = [
        [Gzip(), Posts(7), CutLine()],
        [Posts(5), Repeat(3), operational_disconnect(), Silence()],
    ]
    with XServer(posts, connections) as x:
        first = live(x, tmp_path, "--query", "cats", "--max-posts", "20", "--json", kafka=kafka)
        assert first.returncode == 0, first.stderr
        counts = json.loads(first.stdout)
        assert (counts["read"], counts["repeated"], counts["published"], counts["acknowledged"]) == (23, 3, 23, 23)
        assert (counts["budget_posts"], counts["cost_usd"], counts["reconnects"]) == (20, 0.1, 2)
        # What the first run left unread on the wire is lost to it; the second begins with what comes next.
        x.posts[:] = posts[20:]
        second = live(x, tmp_path, "--query", "cats", "--max-cost-usd", "0.15", "--json", kafka=kafka)
        assert second.returncode == 0, second.stderr
        counts = json.loads(second.stdout)
        assert (counts["read"], counts["budget_posts"], counts["cost_usd"], counts["budget_cost_usd"]) == (
            10,
            30,
            0.05,
            0.15,
        )
        third = live(x, tmp_path, "--query", "cats", "--max-posts", "30", kafka=kafka)
        assert third.returncode == 1
        assert "error: The budget is used up: 30 posts, $0.150" in third.stderr
    records = consume(kafka)
    assert len(records) == 33
    assert {record.value for record in records} == set(posts[:30])  # type: ignore[attr-defined]  # a ConsumerRecord
    for record in records:
        post_id = json.loads(record.value)["data"]["id"].encode()  # type: ignore[attr-defined]  # a ConsumerRecord
        assert record.key == post_id  # type: ignore[attr-defined]  # a ConsumerRecord
        assert dict(record.headers) == {  # type: ignore[attr-defined]  # a ConsumerRecord
            "schema": b"x.v2.tweet/1",
            "source": b"live",
            "source_position": post_id,
        }


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_however_a_run_is_stopped_its_posts_are_counted(
    kafka: KafkaSettings, tmp_path: Path, how: signal.Signals
) -> None:
    posts = invented(50)
    with XServer(posts, [[Posts(50), Silence()]]) as x:
        process = subprocess.Popen(
            [sys.executable, "-m", "producer", "live", "--query", "cats", "--max-posts", "1000"],
            env={**environment(x, tmp_path, kafka), "PATH": ""},
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            wait_until(lambda: on_topic(kafka) >= 50, what="not all posts were published", alive=[process])
        finally:
            process.send_signal(how)
            _, printed = process.communicate(timeout=PATIENCE_SECONDS)
    written = json.loads((tmp_path / "budget.json").read_bytes())
    if how is signal.SIGTERM:
        assert process.returncode == 130, printed
        assert (written["posts"], written["set_aside"]) == (50, 0)
    else:
        assert 50 <= written["posts"] <= 60
    assert on_topic(kafka) == 50


def test_a_dry_run_shows_the_plan_and_changes_nothing(tmp_path: Path) -> None:
    with XServer([]) as x:
        x.rulebook.put("dogs", "sentistream:dogs")
        x.rulebook.put("bounding_box:[red 1 2]")
        before = dict(x.rulebook.kept)
        run = live(x, tmp_path, "--query", "cats", "--query", "birds lang:en", "--tag", "c", "--tag", "b", "--dry-run")
        assert run.returncode == 0, run.stderr
        rows = [line.split("│")[1:-1] for line in run.stdout.splitlines() if line.startswith("│")]
        assert [[cell.strip() for cell in row[:3]] for row in rows] == [
            ["add", "cats", "c"],
            ["add", "birds lang:en", "b"],
            ["remove", "dogs", "dogs"],
            ["foreign", "bounding_box:[red 1 2]", ""],
        ]
        assert x.rulebook.kept == before
        assert not x.streams


@pytest.mark.parametrize(
    ("options", "sentence", "code"),
    [
        ((), "X takes $0.005 for every post read, so a live run needs a cap: give --max-posts", 2),
        (("--max-posts", "5"), 'Say which posts: --query "…"', 2),
        (("--max-posts", "5", "--query", "cats"), "The app has 1 rules that were not made here ('theirs')", 1),
        (("--max-posts", "0", "--query", "cats"), "MAX_POSTS: give at least 1", 2),
        (("--max-cost-usd", "much", "--query", "cats"), "MAX_COST_USD: give a number", 2),
        (("--dry-run", "--query", "(cats"), "X refuses the query '(cats' (5 characters)", 1),
    ],
)
def test_what_cannot_be_done_gets_one_sentence(
    tmp_path: Path, options: tuple[str, ...], sentence: str, code: int
) -> None:
    with XServer([]) as x:
        x.rulebook.put("theirs")
        run = live(x, tmp_path, *options)
        assert f"error: {sentence}" in run.stderr
        assert run.returncode == code
        assert len(x.rulebook.kept) == 1
        assert not x.streams
