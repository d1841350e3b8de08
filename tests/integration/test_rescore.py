"""The history scored anew: all of it, once, and beside a stream that goes on."""

import math
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.lake.maintenance import compaction
from sentistream.lake.period import Period
from sentistream.lake.tables import SCORED
from sentistream.process.periodic import Periodic
from sentistream.scoring import artefact, registry, registry_connection
from sentistream.scoring.sparkml import CompiledScorer, TransformScorer
from stream_processor.__main__ import app
from stream_processor.history import proven
from stream_processor.history import rescore as rescoring
from stream_processor.history.rescore import CHANGED, Progress, rescore
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession import served_versions
from stream_processor.stream.succession.served_versions import Served
from stream_processor.stream.upkeep import Upkeep
from stream_processor.tables.gold import Gold
from tests.support.gold_rows import require_gold_is_silver, tweet_at
from tests.support.lake_rows import NOW, TOPIC, batch, tweet
from tests.support.scorers import FunctionScorer
from trainer.settings import TrainerSettings

SECOND = ModelVersion("tweet-sentiment", 2, LabelMap(POLAR), NeutralBand(), "run")


def odd_is_negative(text: str) -> tuple[float, float]:
    """The invented model: `tweet 1` is negative, `tweet 2` positive."""
    return (0.9, 0.1) if int(text.split()[-1]) % 2 else (0.1, 0.9)


def rescored(lake: Lake, **given: Any) -> Progress:
    return rescore(lake, FunctionScorer(SECOND, odd_is_negative), given.pop("period", Period()), **given)


def rows(lake: Lake) -> list[dict[str, Any]]:
    table = lake.require(SCORED).to_pyarrow_table()
    found: list[dict[str, Any]] = table.sort_by([("partition", "ascending"), ("offset", "ascending")]).to_pylist()
    return found


def require_scored_by_second(found: list[dict[str, Any]]) -> None:
    for row in found:
        is_odd = row["tweet_id"] % 2 == 1
        expected = ("negative", 0.1) if is_odd else ("positive", 0.9)
        assert (row["sentiment"], row["p_positive"]) == expected
        assert (row["model_name"], row["model_version"]) == (SECOND.name, SECOND.version)


def fill(lake: Lake, commits: int, each: int = 10) -> None:
    sink = LakeSink(lake, TOPIC)
    for start in range(0, commits * each, each):
        sink.append(batch([tweet(number + 1) for number in range(start, start + each)], start=start))


def test_only_the_score_of_a_period_changes_and_only_once(lake: Lake) -> None:
    hours = [tweet_at(number, (NOW - timedelta(hours=number)).isoformat(), rules=("a",)) for number in range(1, 7)]
    LakeSink(lake, TOPIC).append(batch(hours))
    before = rows(lake)
    period = Period.parse((NOW - timedelta(hours=5)).isoformat(), (NOW - timedelta(hours=2)).isoformat())
    assert rescored(lake, period=period, dry_run=True) == Progress(rescored=3, changed=2)
    assert rows(lake) == before
    assert rescored(lake, period=period) == Progress(rescored=3, changed=2, commits=1)
    after = rows(lake)
    require_scored_by_second(after[2:5])
    assert [after[at] for at in (0, 1, 5)] == [before[at] for at in (0, 1, 5)]
    for old, new in zip(before, after, strict=True):
        assert {name: value for name, value in old.items() if name not in CHANGED} == {
            name: value for name, value in new.items() if name not in CHANGED
        }
    version = lake.require(SCORED).version()
    assert rescored(lake, period=period) == Progress()
    assert lake.require(SCORED).version() == version
    said = orjson.loads(lake.require(SCORED).history(1)[0]["userMetadata"])
    assert said == {"rescored": {"rows": 3, "model": "tweet-sentiment", "version": 2}}


def test_a_killed_rescoring_goes_on_where_it_was(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, 5)
    # A tweet that came again after its window has two rows, and both are scored.
    LakeSink(lake, TOPIC, timedelta(0)).append(batch([tweet(1)], start=50))
    monkeypatch.setattr(rescoring, "COMMIT_ROWS", 20)

    def dies(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescored(lake, report=dies)
    done = sum(row["model_version"] == 2 for row in rows(lake))
    assert 20 <= done < 51
    assert rescored(lake).rescored == 51 - done
    require_scored_by_second(rows(lake))
    assert [row["tweet_id"] for row in rows(lake)] == [*range(1, 51), 1]
    assert rescored(lake) == Progress()


def test_a_file_larger_than_a_commit_is_done_in_several(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, 1, each=100)
    monkeypatch.setattr(rescoring, "COMMIT_ROWS", 30)
    monkeypatch.setattr("stream_processor.history.scan.BATCH_ROWS", 15)
    assert rescored(lake) == Progress(rescored=100, changed=50, commits=4)
    require_scored_by_second(rows(lake))


def test_beside_a_stream_and_its_upkeep_nothing_is_lost_or_doubled(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, 40)
    monkeypatch.setattr(rescoring, "COMMIT_ROWS", 100)
    monkeypatch.setattr(rescoring, "PAUSE_SECONDS", 0.02)
    sink, appended, done, failures = LakeSink(lake, TOPIC), 0, threading.Event(), []

    def stream() -> None:
        nonlocal appended
        try:
            while not done.is_set() or appended < 30:
                start = 400 + 5 * appended
                sink.append(batch([tweet(number + 1) for number in range(start, start + 5)], start=start))
                appended += 1
        except BaseException as failure:
            failures.append(failure)

    streaming = threading.Thread(target=stream)
    upkeep = Periodic("upkeep", Upkeep(lake, seconds=0.5).round, 0.5)
    streaming.start()
    upkeep.start()
    try:
        first = rescored(lake)
    finally:
        done.set()
        streaming.join()
        upkeep.finish()
    assert failures == []
    total = 400 + 5 * appended
    assert [row["tweet_id"] for row in rows(lake)] == list(range(1, total + 1))
    assert first.rescored >= 400
    assert rescored(lake).rescored == total - first.rescored
    require_scored_by_second(rows(lake))
    assert LakeSink(lake, TOPIC).totals[0].scored == total
    assert LakeSink(lake, TOPIC).totals[0].unaccounted == 0


def test_what_comes_between_is_tried_again_and_a_removed_tweet_stays_removed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(lake, 40)
    real, between = Lake.require, [lambda table: table.delete("tweet_id = 5"), compaction.compact]

    def overtaken(*place: Any) -> Any:
        table = real(*place)
        # After our snapshot was taken, before our commit; the first handle is the one that is read from.
        if handles.append(table) or len(handles) in (2, 3):
            between[len(handles) - 2](real(*place))
        return table

    handles: list[Any] = []
    monkeypatch.setattr(Lake, "require", overtaken)
    assert rescored(lake) == Progress(rescored=399, changed=200, gone=1, commits=1, conflicts=2)
    assert [row["tweet_id"] for row in rows(lake)] == [1, 2, 3, 4, *range(6, 401)]
    require_scored_by_second(rows(lake))


def test_one_that_is_always_overtaken_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(lake, 2)
    real, number = Lake.require, 0

    def overtaken(*place: Any) -> Any:
        nonlocal number
        table, number = real(*place), number + 1
        real(*place).delete(f"tweet_id = {number}")
        return table

    monkeypatch.setattr(Lake, "require", overtaken)
    monkeypatch.setattr(rescoring, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(rescoring, "ATTEMPTS", 3)
    with pytest.raises(UserError, match="came in between 3 times: 0 commits are done and stay; run it again"):
        rescored(lake)


def test_a_rescoring_knows_a_version_by_the_files_that_first_served(lake: Lake) -> None:
    fill(lake, 1)

    def by(files: str, of_text: Any = odd_is_negative) -> Progress:
        return rescore(lake, FunctionScorer(replace(SECOND, digest=files * 64), of_text), Period())

    assert by("a").rescored == 10
    with pytest.raises(UserError, match="models:/tweet-sentiment/2 has other files than when it first served"):
        by("b")
    # The stream is held against it, too; which version serves is for the stream to say.
    with pytest.raises(UserError, match="has other files"):
        LakeSink(lake, TOPIC).append(batch([tweet(11)], start=10), Served(replace(SECOND, digest="b" * 64)))
    assert served_versions.latest(lake.require(SCORED), SECOND.name) == []
    require_scored_by_second(rows(lake))


def test_what_is_no_probability_is_not_rescored(lake: Lake) -> None:
    fill(lake, 1)
    before = rows(lake)
    with pytest.raises(UserError, match="models:/tweet-sentiment/2 gives no probabilities"):
        rescore(lake, FunctionScorer(SECOND, lambda _: (math.nan, math.nan)), Period())
    with pytest.raises(UserError, match=r"models:/tweet-sentiment/2 fails on some text \(KeyError\)\.$"):
        rescore(lake, FunctionScorer(SECOND, {}.__getitem__), Period())
    assert rows(lake) == before


def test_gold_follows_a_rescoring(spark: SparkSession, lake: Lake) -> None:
    LakeSink(lake, TOPIC).append(batch([tweet_at(n, (NOW - timedelta(minutes=n)).isoformat()) for n in range(20)][1:]))
    gold = Gold(lake)
    gold.update()
    rescored(lake)
    update = gold.update()
    gold.finish()
    assert update is not None
    assert update.minutes == 19
    assert require_gold_is_silver(lake) == 19
    require_scored_by_second(rows(lake))


def test_spark_scores_what_can_not_be_compiled_and_the_same(
    champion: tuple[ModelVersion, PipelineModel], registry_settings: TrainerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ProcessorSettings.from_options(
        **registry_settings.model_dump(include=set(ProcessorSettings.model_fields))
    )
    texts = pa.array(["I love this", "", "what an awful day", "I hate it"])
    compiled = proven.proven_scorer(settings, champion[0])
    assert isinstance(compiled, CompiledScorer)
    by_spark = TransformScorer(champion[0], artefact.fetch(settings, champion[0]).folder, "")
    assert by_spark.score(texts) == pytest.approx(compiled.score(texts), rel=1e-9)


@pytest.fixture
def command(champion: tuple[ModelVersion, PipelineModel], registry_settings: TrainerSettings, lake: Lake) -> Any:
    """Runs a command on a lake of four tweets and the registry with one version."""
    LakeSink(lake, TOPIC).append(batch([tweet_at(n, NOW.isoformat()) for n in range(1, 5)]))
    places = {
        "LAKE_URI": lake.uri,
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
    }

    def run(*arguments: str) -> Any:
        found = CliRunner().invoke(app, list(arguments), env=places)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return found

    return run


def test_the_commands_on_a_registered_version(
    command: Any,
    champion: tuple[ModelVersion, PipelineModel],
    registry_settings: TrainerSettings,
    lake: Lake,
    tmp_path: Path,
) -> None:
    # The invented rows say version 1, which is the registry's own: one more of the same makes them history.
    client, model = registry_connection.client(registry_settings), champion[0]
    held = client.get_model_version(model.name, str(model.version))
    added = client.create_model_version(model.name, held.source, run_id=held.run_id, tags=held.tags)
    three = {**held.tags, registry.LABELS_TAG: "negative,positive,neutral"}
    other = client.create_model_version(model.name, held.source, run_id=held.run_id, tags=three)
    number = str(added.version)
    before = rows(lake)
    dry = command("rescore", "--model", number, "--dry-run")
    assert dry.exit_code == 0
    assert rows(lake) == before
    done = command("rescore", "--model", f"models:/{model.name}/{number}", "--from", "2026-01-01")
    assert done.exit_code == 0
    assert {row["model_version"] for row in rows(lake)} == {int(number)}
    assert min(row["scored_at"] for row in rows(lake)) > datetime.now(UTC) - timedelta(minutes=10)
    page = tmp_path / "page.html"
    same = command("compare", "--model", "champion", "--model", number, "--html", str(page))
    assert same.exit_code == 0
    assert "100.0%" in same.stdout
    assert f"models:/{model.name}/{number}" in page.read_text()
    with pytest.raises(UserError, match="has the label map negative,positive,neutral"):
        command("rescore", "--model", str(other.version))
    for wrong, sentence in (
        (("rescore", "--model", "999"), "has no such model"),
        (("rescore", "--model", "nobody"), "has no such model"),
        (("rescore", "--model", "1", "--from", "yesterday"), "as ISO 8601"),
        (("rescore", "--model", "1", "--from", "2026-01-02", "--to", "2026-01-01"), "must be after the start"),
        (("compare", "--model", "1"), "give two versions"),
    ):
        with pytest.raises(UserError, match=sentence):
            command(*wrong)
    with lake_lock.only_rescoring(lake), pytest.raises(UserError, match="rescores the tweets of"):
        command("rescore", "--model", number)
