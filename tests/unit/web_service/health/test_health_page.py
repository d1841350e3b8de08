"""The page Health on lakes that are whole, empty, torn and hostile, without a broker."""

import re
from pathlib import Path

import pytest
from deltalake import CommitProperties, Transaction, write_deltalake

from sentistream.lake import transactions
from sentistream.lake.doctor import record
from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.lake_rows import BAD, TOPIC, batch, empty_lake, tweet
from tests.support.web import ask, served
from web_service.settings import WebSettings

NO_BROKER = {"kafka_bootstrap_servers": "127.0.0.1:1"}
HOSTILE = b"<script>alert(1)</script>\x00\x1b[2J\xff"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Four records of one partition: three tweets and what is none; a fifth that repeats the first."""
    lake = empty_lake(tmp_path / "a lake")
    LakeSink(lake, TOPIC).append(batch([tweet(1), tweet(2), BAD, tweet(3), tweet(1)]))
    return lake


def page(lake: Lake, query: str = "") -> str:
    with served(None, WebSettings.from_options(lake_uri=lake.uri, **NO_BROKER)) as port:
        answer = ask(port, "GET", f"/health{query}")
    assert answer.status == 200, answer.body
    return " ".join(answer.body.decode().split())


def test_every_record_is_accounted_for_by_an_equation_that_is_true(lake: Lake) -> None:
    found = page(lake)
    assert "✓ true" in found
    assert (
        "<strong>5</strong> read = <strong>3</strong> scored + <strong>1</strong> rejected + <strong>1</strong> duplicates"
        in found
    )
    assert "Silver holds 3 rows: 3 were scored, 0 removed later" in found


def test_a_count_that_does_not_add_up_makes_the_equation_red(lake: Lake) -> None:
    table = lake.require(SCORED)
    [app_id] = [each for each in transactions.of(table) if each.endswith("/0/duplicates")]
    nothing = table.to_pyarrow_table().slice(0, 0)
    more = CommitProperties(app_transactions=[Transaction(app_id, 4)])
    write_deltalake(table, nothing, mode="append", commit_properties=more)
    found = page(lake)
    assert 'class="equation false"' in found
    assert "✗ not true" in found
    assert "Silver does not account for every record" in found


def test_a_row_that_is_gone_makes_it_red_too(lake: Lake) -> None:
    lake.require(SCORED).delete("tweet_id = 2")
    found = page(lake)
    assert "✗ not true" in found
    assert "<strong>1 are missing</strong>" in found


def test_dead_letters_are_counted_by_reason_and_open_their_bytes_as_text(tmp_path: Path) -> None:
    lake = empty_lake(tmp_path / "a lake")
    LakeSink(lake, TOPIC).append(batch([HOSTILE, BAD, None]))
    found = page(lake)
    reasons = {row["reason"] for row in lake.require(REJECTED).to_pyarrow_table(columns=["reason"]).to_pylist()}
    assert reasons == {"invalid_utf8", "invalid_json", "tombstone"}
    assert all(f'href="?reason={reason}#letters"' in found for reason in reasons)
    opened = page(lake, "?reason=invalid_utf8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x00\\x1b[2J\\xff" in opened
    assert f"{len(HOSTILE)} bytes" in opened
    assert "<script>alert" not in opened
    assert "It has no bytes" in page(lake, "?reason=tombstone")


@pytest.mark.parametrize("query", ["?reason=", "?reason=no_such", "?reason=%3Cscript%3E", "?reason=a%27%20OR%201=1"])
def test_a_reason_that_there_is_not_opens_nothing(lake: Lake, query: str) -> None:
    found = page(lake, query)
    assert "<li>" not in found.partition('id="dead-letters"')[2].partition("<section")[0]
    assert "OR 1=1" not in found


def test_what_is_missing_says_what_to_do(tmp_path: Path) -> None:
    found = page(Lake(str(tmp_path / "nowhere")))
    for words in (
        "There are no tables at", "sentistream process",
        "127.0.0.1:1 (KAFKA_BOOTSTRAP_SERVERS)", "sentistream broker",
        "Nothing scores here now", "sentistream models",
        "There was none yet.", "sentistream doctor",
    ):  # fmt: skip
        assert words in found


def test_the_doctors_last_findings_are_shown_the_broken_ones_first(lake: Lake) -> None:
    kept, gone = (
        Finding("files are there", "silver/scored_tweets", Verdict.KEPT, "1 file"),
        Finding("gold = silver", "<i>gold</i>", Verdict.BROKEN, "1 rows differ"),
    )
    record.keep(lake, [kept, gone], 1.5)
    found = page(lake)
    assert found.index("1 rows differ") < found.index("files are there")
    assert "&lt;i&gt;gold&lt;/i&gt;" in found
    assert "1 promise is broken, as the doctor found." in found


def test_the_newest_letters_of_a_reason_are_shown_whatever_file_they_are_in(tmp_path: Path) -> None:
    lake = empty_lake(tmp_path / "a lake")
    sink = LakeSink(lake, TOPIC)
    for start in range(0, 30, 3):
        sink.append(batch([b"no %d" % (start + n) for n in range(3)], start))
    found = page(lake, "?reason=invalid_json")
    assert "The newest 20 of 30" in found
    shown = [int(number) for number in re.findall(r"<pre[^>]*>no (\d+)</pre>", found)]
    assert shown == list(range(29, 9, -1))
