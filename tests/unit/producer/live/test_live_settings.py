from pathlib import Path

import pytest

from producer.live.settings import LiveSettings
from sentistream.errors import UserError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X_BEARER_TOKEN", "AAAA secret"),
        ("X_BEARER_TOKEN", "AAAA\u2028secret"),
        ("X_BEARER_TOKEN", ""),
        ("X_API_URL", "http://api.x.com"),
        ("X_API_URL", "https://api.x.com/2"),
        ("X_API_URL", "https://user:secret@api.x.com"),
        ("MAX_POSTS", "0"),
        ("MAX_COST_USD", "-1"),
        ("MAX_COST_USD", "inf"),
        ("PRICE_PER_POST_USD", "0"),
        ("BACKFILL_MINUTES", "6"),
        ("SILENCE_SECONDS", "31"),
        ("FOREIGN_RULES", "ask"),
    ],
)
def test_a_bad_value_is_refused_by_its_name_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=name) as refused:
        LiveSettings.from_options()
    assert refused.value.exit_code == 2
    assert "secret" not in str(refused.value)


def test_a_run_without_a_cap_is_refused() -> None:
    with pytest.raises(UserError, match="a live run needs a cap: give --max-posts"):
        LiveSettings.from_options().require_a_cap()
    LiveSettings.from_options(max_posts=5).require_a_cap()
    LiveSettings.from_options(max_cost_usd="0.5").require_a_cap()


def test_the_token_may_lie_in_a_secrets_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X_BEARER_TOKEN", raising=False)
    monkeypatch.setenv("SECRETS_FOLDER", str(tmp_path))
    (tmp_path / "x_bearer_token").write_text("AAAAfrom-a-file\n")
    given = LiveSettings.from_options()
    assert given.token() == "AAAAfrom-a-file"
    assert "AAAA" not in repr(given)


def test_queries_in_the_environment_stand_on_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUERIES", '"good morning" lang:en\n\n#cats\n')
    assert LiveSettings.from_options().queries == ('"good morning" lang:en', "#cats")
    assert LiveSettings.from_options(queries=["dogs"]).queries == ("dogs",)
