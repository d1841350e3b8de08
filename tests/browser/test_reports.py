"""The trainer's report and the comparison of two versions, opened from a disk."""

from pathlib import Path

import pyarrow as pa
import pytest
from playwright.sync_api import Browser

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.evaluation.distinct import Met
from stream_processor.history import comparison_report
from stream_processor.history.comparison import compared
from tests.support import accessibility
from tests.support.browser import tab
from tests.support.invented_run import invented_run
from tests.support.scorers import FunctionScorer
from trainer import report
from trainer.grid.cells import full


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("reports")
    cells = [cell.name for cell in full() if cell.suits(LabelMap(WITH_NEUTRAL))][:12]
    report.write(invented_run(WITH_NEUTRAL, rows=2_000, cells=cells), folder / "report.html")
    versions = [ModelVersion("tweet-sentiment", n, LabelMap(POLAR), NeutralBand(), f"run {n}") for n in (3, 4)]
    tweets = pa.table({"text": ["one", "two"], "lang": ["en", "de"], "label": ["positive", "negative"]})
    scorers = [FunctionScorer(each, lambda _: (0.2, 0.8)) for each in versions]
    comparison_report.write(compared(tweets, scorers, Met()), folder / "compared.html", (None, None))
    return [folder / "report.html", folder / "compared.html"]


def test_they_can_be_read_by_everybody_on_every_screen(browser: Browser, files: list[Path]) -> None:
    with tab(browser, "file://", color_scheme="light") as opened:
        for file in files:
            opened.page.goto(file.as_uri())
            assert accessibility.too_wide(opened.page) == []
            assert accessibility.violations(opened.page) == []
            opened.page.emulate_media(color_scheme="dark")
            assert accessibility.violations(opened.page, accessibility.WIDTHS[-1:]) == []
            opened.page.emulate_media(color_scheme="light")
