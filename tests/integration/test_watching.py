"""All services beside a real Prometheus, with the rules, the dashboards and the Alertmanager that are deployed."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka.embedded_broker import EmbeddedBroker, free_port
from sentistream.lake.doctor import Finding, Verdict
from sentistream.lake.doctor import textfile as findings
from tests.support import prometheus
from tests.support.commands import run_here, start_module
from tests.support.dashboards import queries
from tests.support.invented_run import invented_run
from tests.support.prometheus import RULES, Prometheus, Webhook, configured, started, tool
from tests.support.waiting import PATIENCE_SECONDS, wait_until
from tests.support.web import Web
from trainer.report import textfile as trained
from trainer.settings import TrainerSettings

NAMED = re.compile(r"sentistream_(producer|processor|tables|web|trainer|doctor|watched)(_[a-z0-9]+)+")
MOST_SERIES = 500
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Watched:
    """Everything that runs."""

    prometheus: Prometheus
    webhook: Webhook
    textfiles: Path


@pytest.fixture(scope="module")
def watched(
    broker: EmbeddedBroker,
    champion: tuple[ModelVersion, object],
    registry_settings: TrainerSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Watched]:
    for name in ("prometheus", "promtool", "prometheus-alertmanager", "prometheus-node-exporter"):
        tool(name)
    folder = tmp_path_factory.mktemp("watching")
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
        "KAFKA_TOPIC": "watched",
        "LAKE_URI": str(folder / "lake"),
        "CHECKPOINT_URI": str(folder / "checkpoints"),
        "MLFLOW_TRACKING_URI": registry_settings.mlflow_tracking_uri,
        "MODEL_CACHE": registry_settings.model_cache,
        "SPARK_SCRATCH": str(folder / "spark"),
        "SPARK_LOG": str(folder / "spark.log"),
        # Beside other tests it would hardly come to work.
        "TABLES_NICENESS": "0",
        "WATCH_SERIES": json.dumps({"all": {}, "in English": {"lang": "en"}}),
        "GOLD_SECONDS": "0.5",
        "COMPACTION_SECONDS": "1",
    }
    ports = {name: free_port() for name in ("producer", "processor", "tables", "textfile")}
    textfiles = folder / "metrics"
    trained.write(str(textfiles / "trainer.prom"), invented_run(), 1, is_champion=True, seconds=1.0)
    history(folder, ports["tables"])
    with ExitStack() as stack:
        web = stack.enter_context(Web(**environment))
        webhook = stack.enter_context(Webhook().listening())
        secret = folder / "webhook"
        secret.write_text(webhook.address)
        alertmanager = free_port()
        command = [str(RULES / "alertmanager.sh"), str(secret), f"--storage.path={folder / 'alertmanager'}"]
        command += [f"--web.listen-address=127.0.0.1:{alertmanager}", "--cluster.listen-address="]
        stack.enter_context(started(command, folder / "alertmanager.log", {"TMPDIR": str(folder)}))
        exporter = [tool("prometheus-node-exporter"), "--collector.disable-defaults", "--collector.textfile"]
        exporter += [f"--collector.textfile.directory={textfiles}", "--web.disable-exporter-metrics"]
        exporter += [f"--web.listen-address=127.0.0.1:{ports['textfile']}"]
        stack.enter_context(started(exporter, folder / "exporter.log"))
        config = configured(folder, {**ports, "web": web.port}, alertmanager)
        running = stack.enter_context(prometheus.running(folder / "data", config))
        for service, command in {
            "producer": ["producer", "synthetic", "--rate", "100", "--malformed", "0.1"],
            "processor": ["stream_processor", "run"],
            "tables": ["stream_processor", "tables"],
        }.items():
            port = {"METRICS_PORT": str(ports[service])}
            stack.callback(end, start_module(*command, env=environment | port))
        web.wait_until_ready()
        web.post("/score", ["a lovely day", "what a terrible day"])
        wait_until(lambda: bool(running.ask("sentistream_watched_share")), what="gold has no tweets")
        wait_until(
            lambda: bool(running.ask("sentistream_processor_dead_letters_total > 0")), what="nothing is rejected"
        )
        doctor = run_here("lake", "doctor", "--doctor-metrics-file", str(textfiles / "doctor.prom"), env=environment)
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        yield Watched(running, webhook, textfiles)


def end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=PATIENCE_SECONDS)


def history(folder: Path, port: int) -> None:
    """Give Prometheus a week of a watched series' hours, as it would have by then."""
    labels = f'{{instance="127.0.0.1:{port}",job="tables",series="all"}}'
    now = int(time.time())
    moments = [now - day * DAY_SECONDS + second for day in range(7, 0, -1) for second in range(-60, 1200, 60)]
    lines = []
    for name, value in (("sentistream_watched_share", 0.2), ("sentistream_watched_tweets", 400)):
        lines += [f"# TYPE {name} gauge", *(f"{name}{labels} {value} {moment}" for moment in moments)]
    file = folder / "history.txt"
    file.write_text("\n".join([*lines, "# EOF\n"]))
    made = [tool("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(file), str(folder / "data")]
    run = subprocess.run(made, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_panel_of_the_dashboards_shows_something(watched: Watched) -> None:
    silent = dict(queries())
    assert len(silent) > 30

    def all_answer() -> bool:
        for query in list(silent):
            if watched.prometheus.ask(query):
                del silent[query]
        return not silent

    try:
        wait_until(all_answer)
    except AssertionError:
        pytest.fail(f"no data for {silent}")


def test_every_rule_can_be_evaluated(watched: Watched) -> None:
    def rules() -> list[dict[str, Any]]:
        return [rule for group in watched.prometheus.api("rules")["groups"] for rule in group["rules"]]

    wait_until(lambda: all(each["health"] != "unknown" for each in rules()))
    assert len(rules()) > 30
    assert {each["name"]: each.get("lastError") for each in rules() if each["health"] != "ok"} == {}


def test_names_say_the_service_and_no_service_has_many_series(watched: Watched) -> None:
    names = [each for each in watched.prometheus.api("label/__name__/values") if each.startswith("sentistream_")]
    assert len(names) > 50
    assert [each for each in names if not NAMED.fullmatch(each)] == []
    counted = watched.prometheus.ask("scrape_samples_scraped")
    series = {each["metric"]["job"]: int(each["value"][1]) for each in counted}
    assert series.keys() == {"producer", "processor", "tables", "web", "textfile"}
    assert max(series.values()) <= MOST_SERIES, series


def test_figures_are_those_of_the_tables(watched: Watched) -> None:
    ask = watched.prometheus.ask
    assert [each["value"][1] for each in ask("sentistream_processor_unaccounted_records")] == ["0"]
    results = {each["metric"]["result"]: float(each["value"][1]) for each in ask("sentistream_processor_records_total")}
    assert results["scored"] > results["rejected"] > 0
    assert results["lost"] == 0
    # Since its start the processor has committed all that the table has.
    [letters] = ask("sum(sentistream_processor_dead_letters_total)")
    assert float(letters["value"][1]) > 0
    usual = {each["metric"]["series"]: float(each["value"][1]) for each in ask("sentistream:watched_share:usual")}
    assert usual == {"all": pytest.approx(0.2)}


def test_a_broken_promise_reaches_the_webhook_with_the_page_that_helps(watched: Watched) -> None:
    broken = Finding("gold = silver", "gold/sentiment_per_minute", Verdict.BROKEN, "3 rows differ")
    findings.write(str(watched.textfiles / "doctor.prom"), [broken], 1.0)
    wait_until(lambda: bool(named(watched.webhook, "SentistreamPromiseBroken")), what="no alert comes")
    [alert, *_] = named(watched.webhook, "SentistreamPromiseBroken")
    assert alert["status"] == "firing"
    assert alert["labels"]["promise"] == "gold = silver"
    assert alert["annotations"]["runbook_url"] == "docs/runbook.md#sentistreampromisebroken"
    assert alert["path"] == "/alerts?team=a&b=c"


def named(webhook: Webhook, name: str) -> list[dict[str, object]]:
    return [each for each in webhook.alerts if each["labels"]["alertname"] == name]
