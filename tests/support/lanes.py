"""What each test needs, from the fixtures that it uses, and in which order and beside which others it runs.

`make test-fast` runs the tests that need nothing. With several workers a module's tests share one, and all tests with
Docker share one, too: its waits overlap with the others' work. So do all in a browser, which look at one running system.
(xdist's own groups by marker need a part of pytest that pytest 9 no longer has.)
"""

import os
import subprocess
from functools import cache
from pathlib import Path
from shutil import which

import psutil
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

DOCKER = "docker"
BROWSER = "browser"
NEEDS = {"spark": "spark", "broker": "broker", "docker_engine": DOCKER, "browser": BROWSER}
"""Fixture → the marker of what it starts; who starts it in another way is marked by hand."""
IN_A_BROWSER = "tests/browser"
"""The folder of the tests that share a browser."""
LONGEST = (
    "hostile_versions",
    "processor",
    "full_disk",
    "tables_process",
    "replay",
    "trainer",
    "bronze",
    "scorer",
    "reload",
    "web",
    "watching",
    "gold",
    "forget_beside",
    # Of the fast lane: what waits, and what works longest.
    "live_source",
    "lease",
    "log",
    "stand_in",
    "walk",
    "reused_and_forgotten",
    "page",
)
"""Modules that go first, so that no worker is left alone with one at the end (`--durations`)."""
WORKER_BYTES = 4 * 2**30
"""A worker with its Spark session, its broker and what its tests start."""


def arrange(items: list[pytest.Item]) -> None:
    """Mark the tests by what they need, group them for the workers, and put the longest groups first."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in NEEDS:
                item.add_marker(NEEDS[fixture])
        if DOCKER in needs(item) and _group(item.nodeid) != DOCKER:
            raise pytest.UsageError(f"{item.nodeid} needs Docker: its module must be named test_docker_*.")
    items.sort(key=_rank)


def workers(expression: str) -> int:
    """How many workers this machine has room for, at least two; one more for the waits of Docker, where markers allow it."""
    cores = os.cpu_count() or 1
    if "not spark" in expression:
        # The fast lane: its tests take no memory, and wait half of their time.
        return cores + 2
    room = min(cores, psutil.virtual_memory().total // WORKER_BYTES, 4)
    return max(2, room) + ("not docker" not in expression and has_docker())


@cache
def has_docker() -> bool:
    """True when a Docker engine answers."""
    return which("docker") is not None and subprocess.run(["docker", "info"], capture_output=True).returncode == 0


def needs(item: pytest.Item) -> set[str]:
    """The markers of what a test needs."""
    return {name for name in ("long", *NEEDS.values()) if item.get_closest_marker(name) is not None}


class ByModule(LoadScopeScheduling):
    """Hands whole modules to the workers, in their order, all modules with Docker to one, and all with a browser."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    """What one worker runs: a module, or all that need Docker or a browser, which the scheduler sees by their names alone."""
    module = nodeid.split("::", 1)[0]
    if module.startswith(f"{IN_A_BROWSER}/"):
        return BROWSER
    return DOCKER if Path(module).name.startswith("test_docker_") else module


def _rank(item: pytest.Item) -> tuple[int, int]:
    """Docker first, and of its tests those first that need no image of ours; then whole systems, parts, units."""
    file, folders = item.location[0], (IN_A_BROWSER, "tests/e2e", "tests/integration")
    folder = next((number for number, name in enumerate(folders) if file.startswith(name)), len(folders))
    if DOCKER in needs(item):
        return 0, int("images" in getattr(item, "fixturenames", ()))
    name = Path(file).stem.removeprefix("test_")
    return 1 + folder, LONGEST.index(name) if name in LONGEST else len(LONGEST)
