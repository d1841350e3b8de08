"""Figures of a comparison, small enough to be counted by hand."""

from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from sentistream import terminal
from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.evaluation.distinct import Met
from sentistream.scoring.errors import UnfitError
from stream_processor.history import comparison_report
from stream_processor.history.comparison import Comparison, Pair, compared
from tests.support.nasty import ALL, NASTY, obeyed
from tests.support.scorers import FunctionScorer

PAIR = Pair(
    ModelVersion("tweet-sentiment", 3, LabelMap(POLAR), NeutralBand(), "run 3"),
    ModelVersion("tweet-sentiment", 4, LabelMap(WITH_NEUTRAL), NeutralBand(), "run 4"),
)
# text, language, label, P(positive) of the first, [negative, positive, neutral] of the second
TWEETS = [
    ("secret 1", "en", "positive", 0.9, (0.1, 0.8, 0.1)),
    ("secret 2", "en", "positive", 0.5, (0.2, 0.7, 0.1)),
    ("secret 3", "en", "negative", 0.1, (0.7, 0.1, 0.2)),
    ("secret 4", "en", "negative", 0.7, (0.1, 0.2, 0.7)),
    ("secret 5", "<b>", None, 0.2, (0.1, 0.2, 0.7)),
    ("secret 6", "<b>", "neutral", 0.3, (0.2, 0.3, 0.5)),
]


def scored_by(which: int) -> Comparison:
    """All tweets (0), or the first four (1), or the others (2)."""
    chosen = {0: TWEETS, 1: TWEETS[:4], 2: TWEETS[4:]}[which]
    texts, langs, labels, _, _ = zip(*chosen, strict=True)
    table = pa.table({"text": texts, "lang": langs, "label": pa.array(labels, pa.string())})
    first = {text: (1 - p, p) for text, _, _, p, _ in TWEETS}
    second = {text: shares for text, *_, shares in TWEETS}
    scorers = [FunctionScorer(PAIR.first, first.__getitem__), FunctionScorer(PAIR.second, second.__getitem__)]
    return compared(table, scorers, Met())


def test_the_figures_are_those_counted_by_hand() -> None:
    found = scored_by(0)
    # The first: positive, neutral, negative, positive, negative, negative; the second: +, +, −, 0, 0, 0.
    assert found.agreement.tolist() == [[1, 2, 0], [0, 0, 1], [0, 1, 1]]
    assert {lang: counts.sum() for lang, counts in found.by_language.items()} == {"en": 4, "<b>": 2}
    assert found.mean_difference == pytest.approx((-0.1 + 0.2 + 0 - 0.5 + 0 + 0) / 6)
    assert [found.quantile(share) for share in (0.01, 0.25, 0.5, 0.9, 1)] == [-0.5, -0.1, 0, 0.2, 0.2]


def test_parts_add_up_to_the_whole() -> None:
    whole, parts = scored_by(0), Comparison.empty(PAIR) + scored_by(1) + scored_by(2)
    assert np.array_equal(parts.agreement, whole.agreement)
    assert np.array_equal(parts.differences, whole.differences)
    assert parts.mean_difference == pytest.approx(whole.mean_difference)


def test_no_tweets_are_no_error(tmp_path: Path) -> None:
    nothing = Comparison.empty(PAIR)
    assert (nothing.rows, nothing.mean_difference, nothing.held_out.quality) == (0, 0, None)
    comparison_report.write(nothing, tmp_path / "page.html", (None, None))
    assert len(comparison_report.shown(nothing)) == 5


class Resources(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_holds_numbers_only_and_asks_for_nothing(tmp_path: Path) -> None:
    file = tmp_path / "new" / "page.html"
    comparison_report.write(scored_by(0), file, ("2026-01-02", None))
    page = file.read_text()
    assert "secret" not in page
    assert "&lt;b&gt;" in page
    read = Resources()
    read.feed(page)
    assert read.addresses == ["data:,"]
    assert not {"script", "b"} & set(read.tags)
    console = Console(width=200, record=True, file=StringIO())
    for part in comparison_report.shown(scored_by(0)):
        console.print(part)
    shown = console.export_text()
    assert "secret" not in shown
    assert "<b>" in shown
    assert "tweet-sentiment 3 and tweet-sentiment 4 do not say" in " ".join(shown.split())


def test_a_foreign_language_or_name_is_inert_on_a_terminal_and_on_the_page(tmp_path: Path) -> None:
    foreign = ModelVersion(ALL, 1, LabelMap(POLAR), NeutralBand(), ALL)
    tweets = pa.table({"text": ["a", "b"], "lang": [ALL, NASTY[0]], "label": pa.array(["positive", None], pa.string())})
    scorers = [FunctionScorer(foreign, lambda _: (0.2, 0.8))] * 2
    found = Comparison.empty(Pair(foreign, foreign)) + compared(tweets, scorers, Met())
    output = StringIO()
    for part in comparison_report.shown(found):
        terminal.console(output).print(part)
    comparison_report.write(found, tmp_path / "page.html", (ALL, ALL))
    for seen in (output.getvalue(), (tmp_path / "page.html").read_text()):
        assert r"\x1b[2J" in seen
        assert not obeyed(seen)
        assert "<script>" not in seen or seen == output.getvalue()


def test_a_version_that_fails_on_a_text_is_named_without_the_text() -> None:
    def fails(text: str) -> tuple[float, float]:
        raise ValueError(text)

    tweets = pa.table({"text": ["secret"], "lang": ["en"], "label": pa.array([None], pa.string())})
    with pytest.raises(UnfitError, match=r"^models:/tweet-sentiment/3 fails on some text \(ValueError\)\.$"):
        compared(tweets, [FunctionScorer(version, fails) for version in (PAIR.first, PAIR.second)], Met())


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (2, 2), (3, 4), (7, 8), (10, 10), (11, 20), (500, 600), (1001, 2000)]
)
def test_the_histogram_has_a_scale_that_holds_every_bar(most: int, top: int) -> None:
    assert comparison_report.top_of([0, most]) == top


def test_the_histogram_on_the_page_has_its_scale(tmp_path: Path) -> None:
    comparison_report.write(scored_by(0), tmp_path / "page.html", (None, None))
    page = (tmp_path / "page.html").read_text()
    assert '<div class="scale"><span>4</span><span>2</span><span>0</span></div>' in page
    assert "height: 75.00%" in page
