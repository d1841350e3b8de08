import json
from pathlib import Path

import pytest

from tests.support.commands import run_here, run_module
from tests.support.places import FIXTURES, ROOT

pytestmark = [pytest.mark.spark, pytest.mark.broker]


def test_the_demo_accounts_for_every_record() -> None:
    run = run_module("demo", env={"DEMO_DATA": str(FIXTURES / "tweets.csv"), "DEMO_RATE": "150", "DEMO_SECONDS": "1"})
    assert run.returncode == 0, run.stdout + run.stderr
    assert "every record accounted for" in run.stdout
    # Its own, and not in the place of the user's.
    report = ROOT / ".local" / "demo" / "trainer" / "report-tweet-sentiment-1.html"
    assert str(report) in run.stdout
    assert report.is_file()
    summary = json.loads((ROOT / ".local" / "demo" / "summary.json").read_text())
    assert (summary["produced"], summary["scored"], summary["rejected"]) == (164, 150, 14)
    assert (summary["duplicates"], summary["unaccounted"]) == (0, 0)
    assert (summary["bronze"], summary["gold"]) == (164, 150)
    assert summary["model"] == {"name": "tweet-sentiment", "version": 1}
    assert summary["web"]["sentiment"] in {"negative", "neutral", "positive"}
    assert run.stdout.startswith("Watch it live: http://127.0.0.1:")
    assert (
        f"curl -H 'Content-Type: application/json' -d '\"what a lovely day\"' {summary['web']['address']}" in run.stdout
    )
    assert Path(summary["web"]["token"]).stat().st_mode & 0o777 == 0o600
    assert set(summary["latency_ms"]) == {"p50", "p99"}
    query = run_here("lake", "query", "--lake-uri", summary["lake"], "SELECT count(*) AS n FROM scored_tweets")
    assert "150" in query.stdout
    shown = run_here("lake", "show", "--lake-uri", summary["lake"], env={"COLUMNS": "80"})
    assert "silver/scored_tweets" in shown.stdout


def test_wrong_data_gets_one_sentence() -> None:
    run = run_module("demo", env={"DEMO_DATA": "absent.csv"})
    assert run.returncode == 2
    assert "absent.csv is not a file" in run.stderr
    assert "Traceback" not in run.stderr
