"""A walk over all commands of the one entry point, found by asking it."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

from sentistream.__main__ import Lazy, group
from tests.support.nasty import obeyed

ELSEWHERE = frozenset(
    {"models", "promote", "rollback", "train", "import", "evaluate", "rescore", "compare", "score", "why"}
)
"""Those that ask the registry first, for which MLflow takes seconds to come."""
NOWHERE = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "KAFKA_WAIT_SECONDS": "0",
    "LAKE_URI": "lake",
    "MLFLOW_TRACKING_URI": "sqlite:///mlflow.db",
    "METRICS_PORT": "0",
}
"""So that a command that gets further than it should waits for nobody."""
NEEDED = {
    "rescore": ["--model", "1"],
    "compare": ["--model", "1"],
    "inspect": ["x"],
    "score": ["x"],
    "why": ["x"],
    "promote": ["1"],
}
"""Arguments without which a command does not come to its settings."""
WITHOUT_SETTINGS = frozenset({"settings", "inspect", "broker", "demo"})


def commands() -> list[str]:
    """Every command, as a user writes it."""
    return [" ".join(path) for path, _ in _leaves(group())]


def variables(command: str) -> set[str]:
    """What a command reads of the environment."""
    [found] = (each for path, each in _leaves(group()) if " ".join(path) == command)
    settings = getattr(found.callback, "settings", None)
    of_fields = {name.upper() for name in settings.model_fields} if settings is not None else set()
    return of_fields | {each.envvar for each in found.params if each.envvar}


def hold(
    arguments: object, run: subprocess.CompletedProcess[str], beside: tuple[str, str], as_json: bool = False
) -> None:
    """That nothing printed, by the command or by its log, is obeyed; that no traceback is among it, and that it ended as a refusal or well."""
    logged = beside[0] + beside[1]
    written = run.stdout + run.stderr + logged
    assert not obeyed(written), (arguments, sorted(map(ascii, obeyed(written))), ascii(written)[-2000:])
    assert "Traceback" not in written, (arguments, written[-3000:])
    assert run.returncode in {0, 1, 2}, (arguments, run.returncode)
    if as_json:
        for line in filter(None, (run.stderr + logged).split("\n")):
            json.loads(line)


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    command = command.load() if isinstance(command, Lazy) else command
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
    else:
        for name, each in below.items():
            yield from _leaves(each, (*path, name))
