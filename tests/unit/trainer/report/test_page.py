import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from sentistream.contracts.labels import POLAR, SENTIMENTS, WITH_NEUTRAL, LabelMap
from sentistream.evaluation.contest import Contest
from sentistream.mcnemar import mcnemar
from tests.support.invented_run import invented_run
from tests.support.nasty import obeyed
from trainer import report
from trainer.grid.cells import PUBLISHED, full
from trainer.grid.outcomes import Outcome
from trainer.report.cells import ranked
from trainer.report.comparisons import with_champion
from trainer.report.ngrams import Strongest, Weighted
from trainer.run import TrainingRun

MARKUP = "<script>alert('x')</script>\x1b[2J\u202e\x9b"


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """Intervals need not be stable here, only there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentistream.evaluation.significance.RESAMPLES", 50)
        yield


def page(run: TrainingRun, folder: Path) -> str:
    file = folder / "pages" / "report.html"
    report.write(run, file, outcome=["version 5 is registered; it is not better, so version 3 stays <champion>."])
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def two() -> TrainingRun:
    return invented_run(crashed=[Outcome("linear-svm(reg=1)/hashing/1-gram", error="the heap is full")])


@pytest.fixture(scope="module")
def page_of_two(two: TrainingRun, tmp_path_factory: pytest.TempPathFactory) -> str:
    return page(two, tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def page_of_three(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A full grid over three classes."""
    cells = [cell.name for cell in full() if cell.suits(LabelMap(WITH_NEUTRAL))]
    run = invented_run(WITH_NEUTRAL, rows=20_000, cells=cells, left_out=["linear-svm(reg=9)/z"])
    return page(run, tmp_path_factory.mktemp("three"))


@pytest.fixture(params=["page_of_two", "page_of_three"])
def written(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


def test_no_text_of_a_tweet_is_on_the_page(two: TrainingRun, page_of_two: str, page_of_three: str) -> None:
    texts = two.data.rows["text"].to_pylist()
    assert len(texts) == 600
    assert not any(text in page_of_two for text in texts)
    assert not re.search(r"rare\d+|@someone", page_of_two + page_of_three)


@pytest.mark.filterwarnings("ignore:Glyph")
def test_markup_in_a_file_name_or_ngram_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grams = [Strongest("words", 2, {"positive": [Weighted(MARKUP, 1.0)], "negative": []})]
    monkeypatch.setattr("trainer.report.sections.strongest", lambda *_: grams)
    run = invented_run(
        rows=60,
        files=[f"{MARKUP}.csv"],
        cells=[f"{MARKUP}(reg=1)/{MARKUP}", PUBLISHED.name],
        crashed=[Outcome(f"{MARKUP}/y", error=MARKUP)],
        left_out=[MARKUP],
        command=MARKUP,
    )
    written = page(run, tmp_path)
    assert "<script" not in written
    assert written.count("&lt;script&gt;") >= 7
    assert not obeyed(written)


def test_the_page_needs_no_network(written: str) -> None:
    elements = Elements(written).found
    asked = [attributes[name] or "" for _, attributes in elements for name in ("href", "src") if name in attributes]
    assert all(each.startswith(("#", "data:")) for each in asked)
    assert not {"script", "iframe", "object", "embed", "img", "form"} & {tag for tag, _ in elements}
    assert not re.search(r"@import|url\((?!#)", written)
    [policy] = [a["content"] for _, a in elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert str(policy).startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_ids_are_unique_and_every_reference_has_its_target(written: str) -> None:
    ids = Counter(attributes["id"] for _, attributes in Elements(written).found if "id" in attributes)
    assert set(ids.values()) == {1}
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', written)) <= set(ids)


def test_every_chart_says_in_words_what_it_shows(written: str) -> None:
    charts = [attributes for tag, attributes in Elements(written).found if tag == "svg"]
    assert len(charts) == written.count("<figure>") == written.count("<figcaption>") == 9
    assert all(each["role"] == "img" and len(str(each["aria-label"])) > 20 for each in charts)


def test_a_full_grid_stays_below_a_megabyte(page_of_three: str) -> None:
    assert len(page_of_three.encode()) < 1_000_000


def test_a_crashed_cell_is_shown_with_its_reason(page_of_two: str) -> None:
    assert "linear-svm(reg=1)/hashing/1-gram" in page_of_two
    assert "crashed: the heap is full" in page_of_two
    assert "; 1 crashed" in page_of_two


def test_a_cell_that_was_left_out_is_named(page_of_three: str) -> None:
    assert "linear-svm(reg=9)/z" in page_of_three


def test_the_figures_are_those_of_the_predictions(two: TrainingRun, page_of_two: str) -> None:
    assert f"<dd>{two.evaluation.macro_f1:.4f}<small>" in page_of_two
    assert f"<dd>{two.evaluation.accuracy:.4f}<small>" in page_of_two
    assert all(f'">{count}<small>' in page_of_two for count in two.evaluation.confusion.reshape(-1))


def test_three_classes_have_a_curve_each_and_no_neutral_band(page_of_three: str) -> None:
    assert all(f"{name}, winner" in page_of_three for name in WITH_NEUTRAL)
    assert "no band applies" in page_of_three
    assert "neutral band from" not in page_of_three


def test_two_classes_show_what_the_neutral_band_takes(page_of_two: str) -> None:
    assert "says neutral between 0.4 and 0.6" in page_of_two


@pytest.mark.parametrize(
    ("only_winner", "only_champion", "said"),
    [
        (4, 2, "do not tell the winner from champion, version 3 by accuracy"),
        (20, 2, "The winner is more often right than champion, version 3"),
        (2, 20, "The winner is less often right than champion, version 3"),
    ],
)
def test_what_is_said_of_two_models_follows_from_the_figures(only_winner: int, only_champion: int, said: str) -> None:
    labels = LabelMap(POLAR)
    contest = Contest(3, 0.7, 0.8, 50, mcnemar(only_winner, only_champion), labels, labels)
    assert said in with_champion(contest).verdict


def test_a_table_of_words_breaks_no_word_and_scrolls_in_its_box_where_it_is_wider(page_of_three: str) -> None:
    section = page_of_three.partition("<h3>Most frequent</h3>")[2].partition("</section>")[0]
    assert len(re.findall(r'<div class="scroll" [^>]*><table>', section)) == section.count("<table>") == 6
    assert ".words .cell { overflow-wrap: normal; }" in page_of_three


def test_a_box_that_scrolls_shows_that_it_goes_on(page_of_three: str) -> None:
    rule = page_of_three.partition(".scroll { position: relative; overflow-x: auto; background:")[2].partition("}")[0]
    assert rule.count("no-repeat local") == rule.count("no-repeat scroll") == 2


def test_the_page_says_what_became_of_the_version(written: str) -> None:
    assert "What became of it" in written
    assert "so version 3 stays &lt;champion&gt;." in written


def test_classes_stand_in_one_order(page_of_three: str) -> None:
    section = page_of_three.partition('<section id="winner">')[2].partition("</section>")[0]
    assert re.findall(r"→ (\w+)", section)[:3] == list(SENTIMENTS)
    for table in section.split("<tbody>")[1:3]:
        assert re.findall(r'row">(\w+)', table.partition("</tbody>")[0]) == list(SENTIMENTS)


def test_an_axis_of_shares_ends_at_one() -> None:
    from matplotlib.figure import Figure

    from trainer.report.drawing import within_shares

    axes = Figure().subplots()
    axes.plot([0.0, 0.5, 1.0], [0.0, 1.0, 1.0])
    within_shares(axes)
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 1), (0, 1))


def test_the_winner_stands_first_and_the_published_recipe_is_marked(two: TrainingRun, page_of_two: str) -> None:
    table = page_of_two.partition("All cells")[2]
    first = table.partition("<tbody>")[2].partition("</tr>")[0]
    assert "winner" in first
    assert two.winner.outcome.cell.partition("/")[0] in first
    assert table.count("published recipe</span>") == 1


@pytest.mark.parametrize(
    ("cell", "names"), [(PUBLISHED.name, POLAR), ("naive-bayes(smoothing=1)/count/1-gram", WITH_NEUTRAL)]
)
def test_a_handful_of_rows_with_nothing_to_compare_with_gives_a_page_too(
    tmp_path: Path, cell: str, names: tuple[str, ...]
) -> None:
    run = invented_run(names, rows=9, cells=[cell], with_contest=False)
    sure = replace(run.test, probabilities=np.where(run.test.probabilities > 0.5, 0.98, 0.01))
    written = page(replace(run, test=sure), tmp_path)
    assert ("The band holds none of these polar rows" in written) == (names == POLAR)
    assert "within the band" not in written
    assert "There was none to compare with" in written
    assert ("It is the winner." in written) == (cell == PUBLISHED.name)
    assert ("nothing to compare with" in written) == (cell != PUBLISHED.name)
    assert "No category has the 20 rows" in written


def test_the_same_run_gives_the_same_bytes_but_for_the_date_and_leaves_matplotlib_as_it_was(
    two: TrainingRun, page_of_two: str, tmp_path: Path
) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    first, second = (re.sub(r"<time.*?</time>", "", each) for each in (page_of_two, page(two, tmp_path)))
    assert first == second
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("speeds", [(21_000.0, 33_000.0), (1.2, 1.9), (40.0, 90_000.0)])
def test_a_logarithmic_axis_is_labelled_in_plain_numbers_however_much_it_shows(speeds: tuple[float, ...]) -> None:
    from trainer.report import grid_charts

    run = invented_run()
    rows = [
        replace(row, outcome=replace(row.outcome, tweets_per_second=speed))
        for row, speed in zip(ranked(run), speeds, strict=False)
    ]
    drawn = str(grid_charts.cost(rows, "speed", "tweets a second", lambda row: row.outcome.tweets_per_second))
    said = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    numbers = [float(each.replace(",", "")) for each in said if re.fullmatch(r"[\d,.]+", each)]
    within = [number for number in numbers if min(speeds) / 2 <= number <= max(speeds) * 2]
    assert len(set(within)) >= 3
    assert not any(sign in drawn for sign in ("mathdefault", "times10", "$"))
