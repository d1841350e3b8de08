"""What the dashboards ask."""

import json

from tests.support.places import ROOT


def queries() -> dict[str, str]:
    """PromQL → the panel that asks it, as Grafana's files have it."""
    return {
        target["expr"]: f"{file.name}: {panel['title']}"
        for file in sorted((ROOT / "deploy" / "grafana").glob("*.json"))
        for panel in json.loads(file.read_text())["panels"]
        for target in panel.get("targets", ())
    }
