import json

import pytest

from deploy.grafana.__main__ import FOLDER, files
from tests.support.dashboards import queries


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.name)
def test_dashboards_are_written_as_the_code_says(file: object) -> None:
    assert files()[file] == file.read_text(), "run `python -m deploy.grafana`"


def test_no_dashboard_is_left_that_the_code_does_not_write() -> None:
    assert set(FOLDER.glob("*.json")) == set(files())


def test_every_panel_asks_something_and_says_how_it_is_read() -> None:
    panels = [panel for file in files() for panel in json.loads(file.read_text())["panels"] if panel["type"] != "row"]
    assert len(panels) > 20
    for panel in panels:
        assert panel["description"], panel["title"]
        assert panel["targets"], panel["title"]
    assert len(queries()) > 30
