"""`python -m producer live` in this process: what it says and touches before it reads."""

import threading
from pathlib import Path

import pytest
import structlog
import typer
from typer.testing import CliRunner

from producer.live.command import live
from producer.live.settings import LiveSettings
from producer.live.source import LiveSource
from sentistream.errors import UserError
from tests.support.x_server.server import TOKEN


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--max-posts", "2"], "Say which posts"),
        (["--max-posts", "2", "--query", " "], "A --query is empty"),
        (["--max-posts", "2", "--query", "cats", "--tag", "a", "--tag", "b"], "give each query one, or none"),
        (["--query", "cats"], "needs a cap"),
    ],
)
def test_what_the_settings_alone_refuse_is_refused_before_a_budget_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], sentence: str
) -> None:
    monkeypatch.setenv("BUDGET_FILE", str(tmp_path / "kept" / "budget.json"))
    monkeypatch.setenv("X_BEARER_TOKEN", TOKEN)
    app = typer.Typer()
    app.command()(live)
    refused = CliRunner().invoke(app, options).exception
    assert isinstance(refused, UserError)
    assert sentence in str(refused)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_reads_nothing_says_of_no_budget_and_no_reading(tmp_path: Path) -> None:
    settings = LiveSettings.from_options(
        x_bearer_token=TOKEN, max_posts=2, queries=["cats"], budget_file=str(tmp_path / "budget.json")
    )
    with structlog.testing.capture_logs() as lines, LiveSource(settings, threading.Event()):
        pass
    assert lines == []
