import json

import pytest

from tests.support.commands import run_module
from tests.support.places import ROOT

pytestmark = [pytest.mark.spark, pytest.mark.broker]


def test_the_benchmarks_run_and_report_every_case() -> None:
    run = run_module("benchmarks", "--short")
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads((ROOT / ".local" / "bench" / "result.json").read_text())
    names = {case["name"] for case in result["cases"]}
    assert {"MLlib transform", "compiled, in Python", "scikit-learn", "sentistream, compiled"} <= names
    assert {"confluent-kafka + scikit-learn loop", "500 tweets/s", "CSV, kafka-python"} <= names
    assert all(case["median"] > 0 for case in result["cases"])
    assert (ROOT / ".local" / "bench" / "result.svg").read_text().count("<text") > len(names)
