"""The Models page on a real registry and a real silver: what it shows, and who may move what."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, LabelMap
from sentistream.contracts.model_version import CHALLENGER, PREVIOUS
from sentistream.contracts.split import HOLDOUT, NAME, part_of
from sentistream.evaluation import deciding
from sentistream.evaluation.predictions import Predictions
from sentistream.lake.lake import Lake
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.mllib import CompiledPipeline
from sentistream.scoring.sparkml import CompiledScorer
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support import saved_pipelines as saved
from tests.support.lake_rows import TOPIC, batch, empty_lake, tweet
from tests.support.registered import register
from tests.support.registries import registry_in
from tests.support.waiting import wait_until
from tests.support.web import Answer, ask, served
from trainer.settings import TrainerSettings
from web_service.settings import WebSettings

TOKEN = b"an-invented-token-of-32-characters"
BROWSER = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BEARER = {"Authorization": f"Bearer {TOKEN.decode()}"}
WORDS = ("good", "love", "great", "bad", "hate", "awful")
TEXTS = [f"{word} number {number} {'x' * number}" for number in range(40) for word in WORDS]
TRUTH = np.arange(200) % 2


class Running(NamedTuple):
    port: int
    settings: TrainerSettings

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.port, method, path, body, named)

    def shown(self) -> str:
        return self.ask("GET", "/models", **BROWSER).body.decode()

    def alias(self, name: str) -> str:
        found = registry.by_alias(registry_connection.client(self.settings), self.settings.model_name, name)
        assert found is not None
        return str(found.version)


def predictions(right: int) -> Predictions:
    """200 promotion rows, of which so many are right."""
    p = np.where((np.arange(200) < right) == (TRUTH == 1), 0.9, 0.1)
    return Predictions(LabelMap(POLAR), np.arange(200), TRUTH, np.column_stack([1 - p, p]))


def version(settings: TrainerSettings, folder: Path, weights: tuple[float, ...], right: int, **tags: str) -> int:
    """A version that loads, with figures and stored predictions as the trainer leaves them."""
    regression = saved.regression(weights)
    saved.write(folder / "files" / "sparkml", saved.linear(regression=regression))
    own = folder / "winner.parquet"
    predictions(right).save(own)
    given = {
        registry.SPLIT_TAG: NAME,
        registry.PROBE_TAG: "passed in en",
        registry.SPEED_TAG: "50000",
        registry.DATA_TAG: json.dumps({"tweets.csv": "ab" * 32}),
        "cell": f"cell of {right}",
        "test_accuracy": f"{right / 200:.4f}",
        "test_macro_f1": f"{right / 200:.4f}",
        "test_rows": "200",
        "test_accuracy_interval": "0.6000–0.9000",
        deciding.ROWS_TAG: "the same rows",
        deciding.FILES_TAG: json.dumps({own.name: hashlib.sha256(own.read_bytes()).hexdigest()}),
        **tags,
    }
    number = register(settings, folder / "files", **given)
    client = registry_connection.client(settings)
    run = client.get_model_version(settings.model_name, str(number)).run_id
    assert run is not None
    client.log_artifact(run, str(own), deciding.FOLDER)
    return number


def fill(lake: Lake) -> None:
    """Labelled tweets that version 2 scored: all that say good are right, all that say bad are wrong."""
    rows = batch([tweet(number + 1) for number in range(len(TEXTS))])
    good = np.array([text.startswith(("good", "love", "great")) for text in TEXTS])
    own: dict[str, Any] = {
        "text": pa.array(TEXTS),
        "label": pa.array(["positive"] * len(TEXTS)),
        "sentiment": pa.array(np.where(good, "positive", "negative").tolist()),
        "p_positive": pa.array(np.where(good, 0.9, 0.1)),
        "model_version": pa.array([2] * len(TEXTS), pa.int32()),
    }
    for name, column in own.items():
        rows = rows.set_column(rows.column_names.index(name), name, column)
    LakeSink(lake, TOPIC).append(rows)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("models")
    settings, lake = registry_in(folder / "registry"), empty_lake(folder / "lake")
    fill(lake)
    weights = saved.WEIGHTS
    numbers = [
        version(settings, folder / "1", weights, 150),
        version(settings, folder / "2", weights, 160),
        version(settings, folder / "3", tuple(-each for each in weights), 180),
        version(settings, folder / "4", weights, 190, **{registry.SPLIT_TAG: ""}),
        version(settings, folder / "5", weights, 195, **{deciding.ROWS_TAG: "other rows"}),
    ]
    assert numbers == [1, 2, 3, 4, 5]
    client = registry_connection.client(settings)
    for alias, number in ((settings.model_alias, 2), (PREVIOUS, 1), (CHALLENGER, 3)):
        client.set_registered_model_alias(settings.model_name, alias, str(number))
    champion = registry.resolve(settings)
    assert champion is not None
    scorer = CompiledScorer(champion, CompiledPipeline.from_saved(folder / "2" / "files" / "sparkml"))
    names = ("mlflow_tracking_uri", "mlflow_artifacts", "model_cache", "model_name")
    given = {name: getattr(settings, name) for name in names}
    with served(scorer, WebSettings(lake_uri=lake.uri, **given), TOKEN) as port:
        yield Running(port, settings)


def test_the_page_shows_figures_with_their_rows_and_compares_what_can_be_compared(running: Running) -> None:
    # A busy machine needs longer than the page waits.
    wait_until(lambda: "Accuracy against speed" in running.shown(), what="the versions are not shown")
    page = running.shown()
    assert re.search(r'<tr class="champion">\s*<th scope="row">2</th>', page)
    assert "80.0 <small>60.0–90.0</small>" in page
    assert "200 A" in page
    unseen = [text for text in TEXTS if part_of(text) in HOLDOUT]
    right = sum(text.startswith(("good", "love", "great")) for text in unseen)
    assert 0 < len(unseen) < 100
    assert f"{right} of {len(unseen)} <small>" in page
    # Only version 3 may be promoted: 1 is worse, of 4 it is not known what it learnt, 5 was asked about other rows.
    assert re.findall(r'name="version" value="(\d+)"', page) == ["3"]
    assert "It is not better than champion 2" in page
    assert "does not say on which rows it was trained" in page
    assert "No predictions on the same promotion rows as champion 2" in page
    assert page.count("sentistream promote 5 --data FILE") == 1
    # The challenger says the contrary of each.
    assert f"scored beside version 2 on {len(TEXTS)} texts" in page
    assert re.search(r"They agree on <strong>0 %</strong>", page)
    assert f"On {len(unseen)} labelled texts that neither was trained on" in page


def test_nothing_is_moved_without_the_token_or_by_another_site(running: Running) -> None:
    for path, field in (("/models/rollback", "to=1"), ("/models/promote", "version=3")):
        assert running.ask("POST", path, field, **FORM).status == 401
        assert running.ask("POST", path, field, **FORM, Authorization="Bearer another").status == 401
        assert running.ask("POST", path, field, **FORM, **BEARER, Origin="https://evil.example").status == 403
        assert running.ask("POST", path, field, **FORM, **BEARER, Sec_Fetch_Site="cross-site").status == 403
    assert running.ask("POST", "/token", "token=wrong", **FORM).status == 401
    assert (running.alias("champion"), running.alias(PREVIOUS)) == ("2", "1")


def test_a_version_that_did_not_win_is_not_promoted(running: Running) -> None:
    for number in (1, 4, 5, 9):
        answer = running.ask("POST", "/models/promote", f"version={number}", **FORM, **BEARER)
        assert (answer.status, answer.json["reason"]) == (409, "not_better")
        assert f"sentistream promote {number} --data FILE" in answer.json["detail"]
    assert running.alias("champion") == "2"


def test_the_token_is_given_once_and_moves_what_is_asked_once(running: Running) -> None:
    origin = f"http://127.0.0.1:{running.port}"
    given = running.ask("POST", "/token", f"token={TOKEN.decode()}", **FORM, Origin=origin)
    assert (given.status, given.headers["location"]) == (303, "/models")
    cookie = given.headers["set-cookie"]
    assert TOKEN.decode() not in cookie
    assert {"httponly", "samesite=strict", "path=/"} <= {each.strip().lower() for each in cookie.split(";")}
    held = cookie.partition(";")[0]
    # A cookie that comes without where the form stands moves nothing.
    assert running.ask("POST", "/models/rollback", "to=1", **FORM, Cookie=held).status == 401
    promoted = running.ask("POST", "/models/promote", "version=3", **FORM, Cookie=held, Origin=origin)
    assert promoted.json == {"detail": "Version 3 is champion, and version 2 is previous."}
    assert (running.alias("champion"), running.alias(PREVIOUS)) == ("3", "2")
    for _ in range(2):
        answer = running.ask("POST", "/models/rollback", "to=2", **FORM, **BEARER)
        assert answer.json == {"detail": "Version 2 is champion, and version 3 is previous."}
        assert (running.alias("champion"), running.alias(PREVIOUS)) == ("2", "3")
    late = running.ask("POST", "/models/rollback", "to=1", **FORM, **BEARER)
    assert (late.status, late.json["reason"]) == (409, "moved_meanwhile")
