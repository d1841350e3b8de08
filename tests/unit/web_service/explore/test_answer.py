"""Each chart's numbers are those of a count by hand, and of the SQL that it offers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from sentistream.lake.lake import Lake
from sentistream.lake.query import box, engine, pinned
from sentistream.lake.query.pinned import Pinned
from sentistream.lake.tables import PER_MINUTE, SCORED, Table
from tests.support.explored_lake import BEGIN, END, TRICKY_RULE, Row, explored_lake, rows
from web_service.explore import answer, sampling
from web_service.explore.answer import BY, Counted, Shown
from web_service.explore.asking import Asked
from web_service.explore.selection import SENTIMENTS, Selection

ALL_OF_IT = Selection(BEGIN, END)
SELECTIONS = [
    ALL_OF_IT,
    replace(ALL_OF_IT, since=BEGIN + timedelta(minutes=7), until=END - timedelta(minutes=11)),
    replace(ALL_OF_IT, languages=("es", "ja"), rule=TRICKY_RULE),
    replace(ALL_OF_IT, keyword="Train"),
    replace(ALL_OF_IT, keyword="¿$keyword?", languages=("es",)),
    replace(ALL_OF_IT, keyword="it's", rule="metro"),
    replace(ALL_OF_IT, version=2),
    replace(ALL_OF_IT, keyword="no such word"),
]


@pytest.fixture(scope="module")
def tweets() -> list[Row]:
    return rows()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory, tweets: list[Row]) -> Lake:
    return explored_lake(tmp_path_factory.mktemp("a lake's folder"), tweets)


@pytest.fixture(scope="module")
def tables(lake: Lake) -> dict[Table, Pinned]:
    return pinned.pinned(lake, lake.opened(), BY)


@pytest.fixture
def asked(tables: dict[Table, Pinned]) -> Iterator[Asked]:
    reach = [folder for each in tables.values() for folder in each.reach]
    with box.opened(engine.BOUNDS, reach=reach) as opened:
        opened.close()
        yield Asked(opened)


def is_selected(row: Row, chosen: Selection, whole: bool = True) -> bool:
    return (
        chosen.since <= row["created_at"] < chosen.until
        and (chosen.keyword or "").lower() in row["text"].lower()
        and chosen.version in (None, row["model_version"])
        and (not whole or not chosen.languages or row["lang"] in chosen.languages)
        and (not whole or chosen.rule is None or chosen.rule in row["rules"])
    )


def as_lake_query(lake: Lake, shown: Shown) -> pa.Table:
    return engine.ask(lake, shown.question.written)


@pytest.mark.parametrize("chosen", SELECTIONS, ids=str)
def test_charts_count_what_is_selected_and_offer_sql_that_gives_the_same(
    lake: Lake, tables: dict[Table, Pinned], asked: Asked, tweets: list[Row], chosen: Selection
) -> None:
    counted = answer.counted(asked, tables, chosen, exact=False)
    assert (counted.source.table == PER_MINUTE) is chosen.of_gold
    shown = answer.shown(asked, counted)
    selected = [row for row in tweets if is_selected(row, chosen)]
    [totals] = shown["totals"].rows.to_pylist() or [dict.fromkeys(("tweets", *SENTIMENTS), 0)]
    assert totals["tweets"] == len(selected)
    assert Counter({name: totals[name] for name in SENTIMENTS}) == Counter(row["sentiment"] for row in selected)
    by_hour = {row["hour_of_day"]: row["tweets"] for row in shown["by_hour"].rows.to_pylist()}
    assert by_hour == Counter(row["created_at"].hour for row in selected)
    # A language is shown beside the others, and so is a rule.
    by_language = {row["lang"]: row["tweets"] for row in shown["by_language"].rows.to_pylist()}
    any_language = [row for row in tweets if is_selected(row, replace(chosen, languages=()))]
    assert by_language == Counter(row["lang"] for row in any_language)
    by_rule = {row["rule"]: row["tweets"] for row in shown["by_rule"].rows.to_pylist()}
    any_rule = [row for row in tweets if is_selected(row, replace(chosen, rule=None))]
    assert by_rule == Counter(rule for row in any_rule for rule in row["rules"])
    for each in shown.values():
        assert as_lake_query(lake, each).to_pylist() == each.rows.to_pylist(), each.chart.name


def test_without_gold_silver_answers_the_same(tmp_path: Path, tables: dict[Table, Pinned], asked: Asked) -> None:
    chosen = SELECTIONS[2]
    of_gold = answer.shown(asked, answer.counted(asked, tables, chosen, exact=False))
    silver = {SCORED: tables[SCORED]}
    of_silver = answer.shown(asked, answer.counted(asked, silver, chosen, exact=False))
    for name, each in of_gold.items():
        assert of_silver[name].rows.to_pylist() == each.rows.to_pylist(), name


def test_files_outside_the_range_are_not_read(tables: dict[Table, Pinned]) -> None:
    silver = tables[SCORED]
    assert len(silver.files.paths) == 6
    assert len(silver.files.within(BEGIN, BEGIN + timedelta(minutes=5)).paths) == 1
    assert silver.rows_within(END, END + timedelta(days=1)) == 0
    assert silver.rows_within(BEGIN, END) == 3_000
    assert silver.rows_within(BEGIN, BEGIN + timedelta(minutes=15)) == pytest.approx(250, abs=5)


def test_rules_that_moved_are_told_from_those_within_their_interval(
    lake: Lake, tables: dict[Table, Pinned], asked: Asked, tweets: list[Row]
) -> None:
    now = Selection(END - timedelta(hours=1), END)
    both = [answer.counted(asked, tables, each, False, n) for each, n in ((now, ""), (now.before(), "_other"))]
    moved = answer.held_against(asked, *both)
    rows_of = {row["rule"]: row for row in moved["movers"].rows.to_pylist()}
    assert next(iter(rows_of)) == "strike"
    strike, metro = rows_of["strike"], rows_of["metro"]
    assert strike["lowest"] > 0
    assert metro["lowest"] <= 0 <= metro["highest"]
    by_hand = [
        [row["sentiment"] for row in tweets if is_selected(row, replace(each, rule="strike"))]
        for each in (now, now.before())
    ]
    share, before = (each.count("negative") / len(each) for each in by_hand)
    assert strike["moved"] == pytest.approx(share - before)
    [difference] = moved["difference"].rows.to_pylist()
    assert difference["tweets"] + difference["tweets_before"] == 2_000
    for each in moved.values():
        assert as_lake_query(lake, each).to_pylist() == each.rows.to_pylist()


def test_a_sample_reads_its_slices_and_its_interval_holds_the_share_of_the_whole(
    lake: Lake, tables: dict[Table, Pinned], asked: Asked, monkeypatch: pytest.MonkeyPatch, tweets: list[Row]
) -> None:
    # Of the first slices there is no tweet, and no file.
    chosen = replace(ALL_OF_IT, since=BEGIN - timedelta(hours=1), keyword="train")
    monkeypatch.setattr(answer, "READ_AT_ONCE", 100)
    monkeypatch.setattr(sampling, "SAMPLE_ROWS", 600)
    counted = answer.counted(asked, tables, chosen, exact=False)
    assert counted.sample is not None
    in_slices = [[row for row in tweets if begin <= row["created_at"] < end] for begin, end in counted.sample.slices]
    assert list(counted.rows_of_slices) == [len(each) for each in in_slices]
    shown = answer.shown(asked, counted)
    [totals] = shown["totals"].rows.to_pylist()
    assert totals["tweets"] == sum(is_selected(row, chosen) for each in in_slices for row in each)
    assert as_lake_query(lake, shown["totals"]).to_pylist() == [totals]
    share = counted.share("negative")
    assert share is not None
    selected = [row for row in tweets if is_selected(row, chosen)]
    true = sum(row["sentiment"] == "negative" for row in selected) / len(selected)
    assert share.lowest <= true <= share.highest
    exact: Counted = answer.counted(asked, tables, chosen, exact=True)
    assert exact.sample is None
    assert exact.share("negative") is None
    [whole] = answer.shown(asked, exact)["totals"].rows.to_pylist()
    assert whole["tweets"] == len(selected)
