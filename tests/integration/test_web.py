"""The web service as a process: the champion over HTTP."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyspark.ml import PipelineModel

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import artefact, registry
from sentistream.scoring.scorer import Scorer, load
from sentistream.scoring.sentiment import sentiments
from sentistream.scoring.succession import remembered
from tests.support import saved_pipelines as saved
from tests.support.commands import run_module
from tests.support.nasty import NASTY
from tests.support.registered import promote, register
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tests.support.web import Web
from trainer.settings import TrainerSettings

Champion = tuple[ModelVersion, PipelineModel]
MODEL = "on the web".replace(" ", "-")
TOKEN = "an-invented-token-of-32-characters"  # noqa: S105 - that is the point
GOOD = [text.replace("\0", "") for text in NASTY] + [
    "I love this, what a great day",
    "  hate\tit \n",
    "naïve café ÀÉÎ ß İ ς",
    "日本語 🙂👍🏽",
    "x" * 25_000,
]


@pytest.fixture(scope="module")
def settings(champion: Champion, registry_settings: TrainerSettings) -> TrainerSettings:
    """A registered model of the module's own, its first version the trained one."""
    settings = registry_settings.model_copy(update={"model_name": MODEL})
    promote(settings, register(settings, trained(registry_settings, champion)))
    return settings


def trained(registry_settings: TrainerSettings, champion: Champion) -> Path:
    return artefact.fetch(registry_settings, champion[0]).folder.parent


def environment(settings: TrainerSettings, **more: str) -> dict[str, str]:
    names = ("mlflow_tracking_uri", "mlflow_artifacts", "model_cache", "model_name")
    return {name.upper(): str(getattr(settings, name)) for name in names} | more


@pytest.fixture(scope="module")
def web(settings: TrainerSettings) -> Iterator[Web]:
    with Web(**environment(settings, WEB_TEXTS="300", WEB_BODY_BYTES="200000")) as running:
        yield running.wait_until_ready()


@pytest.fixture(scope="module")
def scorer(settings: TrainerSettings) -> Scorer:
    """What the stream scores with."""
    version = registry.resolve(settings)
    assert version is not None
    return load(settings, version)


def test_the_same_text_has_the_same_bits_as_in_the_stream_by_every_door(web: Web, scorer: Scorer) -> None:
    expected = scorer.score(GOOD)
    named = sentiments(expected, scorer.version).to_pylist()
    results = web.post("/score", GOOD).json["results"]
    assert [each["p_positive"] for each in results] == expected[:, 1].tolist()
    assert [each["probabilities"] for each in results] == [{"negative": n, "positive": p} for n, p in expected.tolist()]
    assert [each["sentiment"] for each in results] == named
    tensor = {"name": "text", "shape": [len(GOOD)], "datatype": "BYTES", "data": GOOD}
    outputs = {
        each["name"]: each for each in web.post(f"/v2/models/{MODEL}/infer", {"inputs": [tensor]}).json["outputs"]
    }
    assert (
        np.array(outputs["probabilities"]["data"]).reshape(outputs["probabilities"]["shape"]).tolist()
        == expected.tolist()
    )
    split = {"dataframe_split": {"columns": ["text"], "data": [[text] for text in GOOD]}}
    predictions = web.post("/invocations", split).json["predictions"]
    assert [(each["sentiment"], each["p_positive"]) for each in predictions] == list(
        zip(named, expected[:, 1], strict=True)
    )
    for text in GOOD[:5]:
        assert web.post("/score", text).json["results"][0]["p_positive"] == scorer.score([text])[0, 1]


@pytest.mark.parametrize(
    "given",
    [
        "a good day",
        ["a good day"],
        {"texts": ["a good day"]},
        {"texts": [{"text": "a good day"}]},
        {"data": {"id": "1", "text": "a good day"}, "matching_rules": [{"id": "7", "tag": "days"}]},
        [{"data": {"id": "1", "text": "a good …", "note_tweet": {"text": "a good day"}}}],
        {"data": [{"id": "1", "text": "a good day"}], "meta": {"result_count": 1}},
        {
            "data": [{"id": "2", "text": "RT @a: x", "referenced_tweets": [{"type": "retweeted", "id": "1"}]}],
            "includes": {"tweets": [{"id": "1", "text": "a good day"}]},
        },
    ],
)
def test_texts_and_posts_are_taken_in_every_form(web: Web, scorer: Scorer, given: object) -> None:
    [result] = web.post("/score", given).json["results"]
    text = "RT @a: a good day" if "RT @" in str(given) else "a good day"
    assert result["p_positive"] == scorer.score([text])[0, 1]


def test_a_text_that_the_stream_would_not_score_has_its_reason_in_its_place(web: Web) -> None:
    answer = web.post("/score", ["good", " \n", None, 3, "a\0b", "x" * 25_001, {"data": {"id": "1"}}, "bad"]).json
    reasons = [each.get("reason") for each in answer["results"]]
    wanted = ["empty_text", "missing_text", "wrong_type", "nul_in_text", "text_too_long", "missing_text"]
    assert reasons == [None, *wanted, None]
    for path, body in (
        ("/invocations", {"inputs": ["good", ""]}),
        (
            f"/v2/models/{MODEL}/infer",
            {"inputs": [{"name": "text", "shape": [2], "datatype": "BYTES", "data": ["good", ""]}]},
        ),
    ):
        refused = web.post(path, body)
        assert (refused.status, refused.json["reason"], refused.json["row"]) == (422, "empty_text", 1)


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "reason"),
    [
        ("/score", '["cut short', JSON, 400, "invalid_json"),
        ("/score", b'"\xff"', JSON, 400, "invalid_json"),
        ("/score", r'"\ud83d"', JSON, 400, "invalid_json"),
        ("/score", "NaN", JSON, 400, "invalid_json"),
        ("/score", "[" * 100_000, JSON, 400, "invalid_json"),
        ("/score", "", JSON, 400, "invalid_json"),
        ("/score", '"a"', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        ("/score", '"a"', {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        ("/score", b"\x1f\x8b", {**JSON, "Content-Encoding": "gzip"}, 415, "unsupported_encoding"),
        ("/score", "7", JSON, 422, "unknown_form"),
        ("/score", "{}", JSON, 422, "unknown_form"),
        ("/score", '{"texts": "a"}', JSON, 422, "wrong_type"),
        ("/score", json.dumps(["a"] * 301), JSON, 413, "too_many_texts"),
        ("/score", json.dumps("a" * 200_001), JSON, 413, "body_too_large"),
        ("/invocations", '{"inputs": ["a"], "instances": ["a"]}', JSON, 422, "unknown_form"),
        ("/invocations", '{"dataframe_split": {"columns": ["words"], "data": [["a"]]}}', JSON, 422, "wrong_input"),
        ("/v2/models/another/infer", "{}", JSON, 404, "unknown_model"),
        (f"/v2/models/{MODEL}/versions/999/infer", "{}", JSON, 404, "unknown_version"),
        (f"/v2/models/{MODEL}/infer", '{"inputs": []}', JSON, 422, "wrong_inputs"),
        ("/nowhere", "{}", JSON, 404, "not_found"),
        ("/ping", "{}", JSON, 405, "method_not_allowed"),
        ("/score", '"a"', {**JSON, "Host": "evil.example"}, 421, "unknown_host"),
        ("/score", '"a"', {**JSON, "Origin": "https://evil.example"}, 403, "cross_origin"),
        ("/score", '"a"', {**JSON, "Sec-Fetch-Site": "cross-site"}, 403, "cross_origin"),
    ],
)  # fmt: skip
def test_what_is_refused_is_a_problem_with_a_reason(
    web: Web, path: str, body: bytes | str, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = web.ask("POST", path, body, headers)
    assert (answer.status, answer.json["reason"], answer.json["status"]) == (status, reason, status)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(web: Web) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
        connection.sendall(b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"[" * 0x8000 + b"\r\n")
        part = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        received = b""
        try:
            for _ in range(100):
                connection.sendall(part)
        except OSError:
            pass
        try:
            received = connection.recv(65_536)
        except OSError:
            return
    assert received.startswith(b"HTTP/1.1 413")


def test_the_last_of_duplicate_keys_wins_as_in_the_stream(web: Web, scorer: Scorer) -> None:
    answer = web.ask("POST", "/score", '{"texts": ["bad"], "texts": ["a good day"]}', JSON).json
    assert answer["results"][0]["p_positive"] == scorer.score(["a good day"])[0, 1]


def test_it_tells_how_it_is_and_shows_its_document_without_anything_from_elsewhere(web: Web) -> None:
    assert web.ask("GET", "/v2/health/live").json == {"live": True}
    assert web.ask("GET", "/ping").status == 200
    found = web.ask("GET", "/metrics").body.decode()
    assert f'sentistream_web_model_info{{flavour="sparkml",version="{web.version()}"}} 1.0' in found
    assert 'sentistream_web_requests_total{door="elsewhere",status="404"}' in found
    assert "a good day" not in found
    page = web.ask("GET", "/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/score" in page.body.decode()
    assert "src=" not in page.body.decode()
    assert "https://" not in page.body.decode()


def test_a_public_client_of_the_open_inference_protocol_works_unmodified(web: Web, scorer: Scorer) -> None:
    from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput

    client = InferenceServerClient(f"127.0.0.1:{web.port}")
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(MODEL)
    assert client.get_server_metadata()["name"] == "sentistream"
    metadata = client.get_model_metadata(MODEL)
    [described] = metadata["inputs"]
    given = InferInput(described["name"], [len(GOOD), 1], described["datatype"])
    given.set_data_from_numpy(np.array([[text] for text in GOOD], np.object_), binary_data=False)
    wanted = [InferRequestedOutput(each["name"], binary_data=False) for each in metadata["outputs"]]
    result = client.infer(MODEL, [given], outputs=wanted, request_id="7")
    assert result.get_response()["id"] == "7"
    assert result.as_numpy("probabilities").tolist() == scorer.score(GOOD).tolist()
    client.close()


def inverted(folder: Path) -> Path:
    """The same model with its classes exchanged: every coefficient has the other sign."""
    [file] = (folder / "sparkml" / "stages").glob("*LogisticRegression*/data/*.parquet")
    table = pq.read_table(file)
    [row] = table.to_pylist()
    for part in ("coefficientMatrix", "interceptVector"):
        row[part]["values"] = [-value for value in row[part]["values"]]
    pq.write_table(type(table).from_pylist([row], schema=table.schema), file)
    return folder


class Asking:
    """Clients that ask a hundred times a second, each on its own connection."""

    def __init__(self, web: Web, clients: int) -> None:
        self._web, self._quiet = web, threading.Event()
        self.versions: list[int] = []
        self.failures: list[object] = []
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self) -> "Asking":
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._quiet.set()
        for each in self._threads:
            each.join()

    def _ask(self) -> None:
        # Without a pause they would take the processor from what loads the next version.
        while not self._quiet.wait(0.01):
            try:
                answer = self._web.post("/score", ["a good day", "a bad day"])
                if answer.status != 200:
                    self.failures.append(answer)
                else:
                    self.versions.append(answer.json["model"]["version"])
            except Exception as failure:  # whatever it is, it is one
                self.failures.append(failure)


def test_a_switch_under_load_fails_no_request_and_a_refused_version_leaves_the_old_one(
    web: Web, settings: TrainerSettings, champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    before, files = web.version(), trained(registry_settings, champion)
    wrong = register(settings, inverted(Path(shutil.copytree(files, tmp_path / "wrong"))))
    good = register(settings, files)
    with Asking(web, 2) as asking:
        promote(settings, wrong)
        wait_until(lambda: f"models:/{MODEL}/{wrong}" in web.said(), what="nothing is refused", alive=[web.process])
        promote(settings, good)
        # Of both versions, by these clients and no other.
        wait_until(lambda: {before, good} <= set(asking.versions), alive=[web.process])
    assert asking.failures == []
    assert set(asking.versions) == {before, good}


def test_without_the_registry_a_start_serves_what_served_last_and_what_runs_ends_before_it_stops(
    settings: TrainerSettings, champion: Champion, tmp_path: Path
) -> None:
    away = settings.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"})
    version = registry.resolve(settings)
    assert version is not None
    remembered.write(away, version)
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    token.chmod(0o600)
    with Web(**environment(away, WEB_PUBLIC="true", WEB_TOKEN_FILE=str(token))) as web:
        web.wait_until_ready()
        assert web.post("/score", "a day").status == 401
        assert web.post("/score", "a day", Authorization="Bearer another").status == 401
        assert web.ask("GET", "/metrics").status == 401
        assert web.post("/score", "a day", Authorization=f"Bearer {TOKEN}").json["model"]["version"] == version.version
        with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
            head = f"POST /score HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
            connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 7\r\n\r\n".encode() + b'"a ')
            # It has the request once it counts it.
            wait_until(lambda: "running_requests 1.0" in metrics(web))
            web.process.terminate()
            wait_until(lambda: web.health() is None, what="it still takes requests")
            connection.sendall(b'day"')
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
        assert web.process.wait(PATIENCE_SECONDS) == 0
        assert "does not answer" in web.said()
        assert TOKEN not in web.said()


def metrics(web: Web) -> str:
    return web.ask("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).body.decode()


def test_a_champion_that_only_spark_can_score_is_said_and_another_one_answers(
    settings: TrainerSettings, champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    own = settings.model_copy(update={"model_name": "only-spark", "model_cache": str(tmp_path / "models")})
    by_spark = saved.write(
        tmp_path / "by_spark" / "sparkml", saved.linear(tokens=saved.tokens().having(minTokenLength=2))
    )
    promote(own, register(own, by_spark.parent))
    with Web(**environment(own)) as web:
        wait_until(lambda: "Only Spark can score" in web.post("/score", "a day").json.get("detail", ""))
        assert web.post("/score", "a day").status == web.health() == 503
        assert web.ask("GET", "/v2/health/live").status == 200
        good = register(own, trained(registry_settings, champion))
        promote(own, good)
        web.wait_until_ready()
        assert web.version() == good


def test_what_it_lacks_is_one_sentence(settings: TrainerSettings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run_module("web_service", "--web-port", port, env=environment(settings))
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert f"can't listen on 127.0.0.1:{port} (WEB_ADDRESS, WEB_PORT): Address already in use." in ended.stderr
    ended = run_module("web_service", env=environment(settings, WEB_ADDRESS="0.0.0.0"))  # noqa: S104 - it is refused
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "WEB_TOKEN_FILE is needed" in ended.stderr
    nowhere = environment(settings, MLFLOW_TRACKING_URI=f"sqlite:///{tmp_path / 'none.db'}", CHAMPION_WAIT_SECONDS="0")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    ended = run_module("web_service", "--web-port", port, env=nowhere)
    assert ended.returncode == 1
    assert "error: There is no model registry at sqlite:///" in ended.stderr.splitlines()[-1]
