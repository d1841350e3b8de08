"""What programs write to standard error, as real processes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sentistream.kafka.embedded_broker import free_port
from tests.support.commands import run_module

TALKATIVE = """
import logging, sys, threading, warnings
import numpy, structlog, typer
from rich.console import Console
from sentistream import command_line
from sentistream.options import with_settings
from sentistream.settings import ServiceSettings

app = typer.Typer()

@app.command()
@with_settings(ServiceSettings)
def talk(settings: ServiceSettings) -> None:
    structlog.get_logger().info("ours", number=numpy.float64(1))
    logging.getLogger("library").error("theirs %s", "too")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("library").exception("with a\\ntraceback")
    warnings.warn("soon\\ngone", stacklevel=1)
    Console(stderr=True).print("for people", "and more")
    thread = threading.Thread(target=lambda: 1 / 0, name="beside")
    thread.start()
    thread.join()
    raise RuntimeError("by\\nmistake")

command_line.run(app)
"""


def lines_of(printed: str) -> list[dict[str, Any]]:
    """Every line as the JSON object that it has to be."""
    return [json.loads(line) for line in printed.splitlines()]


def test_as_json_every_line_is_an_object_whoever_writes_it() -> None:
    run = subprocess.run(
        [sys.executable, "-c", TALKATIVE],
        env={"LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    lines = lines_of(run.stderr)
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    assert [line["event"].split("\n")[0] for line in lines if "soon" not in line["event"]] == [
        "ours",
        "theirs too",
        "with a",
        "for people and more",
        "a thread failed",
        "failed",
    ]
    assert [line["logger"] for line in lines if "soon\ngone" in line["event"]] == ["py.warnings"]
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert lines[-1]["exception"].endswith("RuntimeError: by\nmistake")


NASTY = """
import logging, sys, threading, warnings
from pathlib import Path
import structlog, typer
from sentistream import command_line
from sentistream.options import with_settings
from sentistream.settings import ServiceSettings

nasty = "a\\x1b[2J\\x9b\\u202e\\udc80\\nb"
app = typer.Typer()

@app.command()
@with_settings(ServiceSettings)
def talk(settings: ServiceSettings) -> None:
    log = structlog.get_logger()
    log.error(nasty, text=nasty, file=Path(nasty), several=[nasty, {nasty: (nasty,)}], number=1)
    log.error("failed", exc_info=ValueError(nasty))
    logging.getLogger(nasty).error("theirs %s", nasty)
    warnings.warn(nasty, stacklevel=1)
    beside = threading.Thread(target=lambda: int(nasty), name=nasty)
    beside.start()
    beside.join()
    sys.stderr.write(nasty.replace("\\udc80", "") + chr(10)) if settings.log_format == "json" else None
    raise ValueError(nasty)

command_line.run(app)
"""


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_line_of_a_log_holds_what_a_terminal_obeys(form: str) -> None:
    run = subprocess.run([sys.executable, "-c", NASTY], env={"LOG_FORMAT": form}, capture_output=True, check=False)
    written = run.stderr.decode()
    assert run.returncode == 1
    assert all(line.isprintable() for line in written.splitlines())
    if form == "json":
        [first, *others] = lines_of(written)
        seen = r"a\x1b[2J\x9b\u202e\udc80" + "\nb"
        assert (first["event"], first["text"], first["number"]) == (seen, seen, 1)
        assert first["several"] == [seen, {r"a\x1b[2J\x9b\u202e\udc80\nb": [seen]}]
        assert len(others) == 7


def test_without_a_broker_two_lines_say_what_is_waited_for_and_that_it_did_not_come(tmp_path: Path) -> None:
    servers = f"127.0.0.1:{free_port()}"
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": servers,
        "KAFKA_WAIT_SECONDS": "3",
        "LAKE_URI": str(tmp_path / "lake"),
    }
    run = run_module("stream_processor", "run", env={**environment, "LOG_FORMAT": "json"})
    waiting, ended = lines_of(run.stderr)
    assert run.returncode == 1
    assert (waiting["event"], waiting["servers"]) == ("waiting for the Kafka broker", servers)
    assert ended["event"].startswith(f"No Kafka broker answered at {servers}")


def test_for_people_a_refusal_is_a_sentence_after_error() -> None:
    run = run_module("producer", "synthetic", env={"RATE": "-1", "LOG_FORMAT": "console"})
    assert run.returncode == 2
    assert run.stderr.startswith("error: RATE: ")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        (("run",), {"LAKE_URI": "", "LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        (("run", "--max-batch-rows", "many"), {}, "--max-batch-rows"),
        (("walk",), {}, "No such command 'walk'."),
    ],
)
def test_as_json_a_refusal_is_one_line(arguments: tuple[str, ...], environment: dict[str, str], sentence: str) -> None:
    run = run_module("stream_processor", *arguments, env={**environment, "LOG_FORMAT": "json"})
    [line] = lines_of(run.stderr)
    assert run.returncode == 2
    assert sentence in line["event"]
