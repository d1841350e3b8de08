"""The rules as Prometheus reads them; `promtool` is the real one."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from sentistream.settings.metrics import PORTS
from tests.support.places import ROOT
from tests.support.prometheus import PATH, RULES, tool

ALERTS: list[dict[str, Any]] = [
    rule
    for file in sorted((RULES / "rules").glob("*.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
TESTS = sorted(RULES.glob("*.test.yml"))
CASES: list[dict[str, Any]] = [
    case for file in TESTS for group in yaml.safe_load(file.read_text())["tests"] for case in group["alert_rule_test"]
]


def promtool(*arguments: str) -> None:
    run = subprocess.run([tool("promtool"), *arguments], cwd=RULES, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_configuration_and_rules_are_what_prometheus_takes() -> None:
    promtool("check", "rules", *(str(each) for each in sorted((RULES / "rules").glob("*.yml"))))
    promtool("check", "config", "prometheus.yml")


def test_every_alert_fires_where_it_should_and_is_silent_where_it_should() -> None:
    promtool("test", "rules", *map(str, TESTS))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_what_is_recorded_is_evaluated_before_what_asks_for_it(file: Path) -> None:
    """Promtool takes groups that are not named in its order in any."""
    order = yaml.safe_load(file.read_text())["group_eval_order"]
    assert order == [name for each in ("recording.yml", "alerts.yml") for name in groups(RULES / "rules" / each)]


def groups(file: Path) -> list[str]:
    return [group["name"] for group in yaml.safe_load(file.read_text())["groups"]]


def test_every_alert_has_a_firing_and_a_silent_case() -> None:
    names = {each["alert"] for each in ALERTS}
    assert len(names) == len(ALERTS) > 20
    assert {case["alertname"] for case in CASES if case["exp_alerts"]} == names
    assert {case["alertname"] for case in CASES if not case["exp_alerts"]} == names


@pytest.mark.parametrize("alert", ALERTS, ids=lambda each: each["alert"])
def test_every_alert_says_how_urgent_it_is_and_leads_to_its_section(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert anchor == alert["alert"].lower()
    assert f"\n## {alert['alert']}\n" in (ROOT / page).read_text()


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    sections = re.findall(r"^## (\w+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert set(sections) == {each["alert"] for each in ALERTS}


def test_every_service_is_asked_at_its_port() -> None:
    jobs = yaml.safe_load((RULES / "prometheus.yml").read_text())["scrape_configs"]
    asked = {job["job_name"]: int(job["static_configs"][0]["targets"][0].rpartition(":")[2]) for job in jobs}
    assert {name: port for name, port in asked.items() if name != "textfile"} == PORTS


@pytest.mark.parametrize(
    ("address", "receives"),
    [("", False), ("https://hooks.example.org/T0/B-0?token=a%20b&team=1", True)],
)
def test_alertmanager_is_given_the_address_in_the_file(address: str, receives: bool, tmp_path: Path) -> None:
    secret = tmp_path / "webhook"
    secret.write_text(address and address + "\n")
    run = start(secret, tmp_path)
    assert run.returncode == 0, run.stderr
    config = (tmp_path / "alertmanager.yml").read_text()
    assert "WEBHOOK" not in config.partition("\nroute:")[2]
    [receiver] = yaml.safe_load(config)["receivers"]
    assert [each["url"] for each in receiver.get("webhook_configs", [])] == [address] * receives
    checked = subprocess.run([tool("amtool"), "check-config", str(tmp_path / "alertmanager.yml")], capture_output=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("address", ["hooks.example.org", "https://a.example.org/'\nroute: x", "ftp://a.example.org"])
def test_what_is_no_address_is_refused(address: str, tmp_path: Path) -> None:
    secret = tmp_path / "webhook"
    secret.write_text(address)
    run = start(secret, tmp_path)
    assert run.returncode == 2
    assert "ALERT_WEBHOOK_FILE" in run.stderr
    assert address not in run.stderr


def start(secret: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Alertmanager by its start script, asked for its version."""
    environment = {**os.environ, "PATH": PATH, "TMPDIR": str(folder)}
    tool("prometheus-alertmanager")
    script = [str(RULES / "alertmanager.sh"), str(secret), "--version"]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False)
