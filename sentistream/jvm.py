"""The JVM below Spark: where its output goes, and how it ended where it is gone."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

import structlog
from pyspark import SparkContext

from sentistream.errors import UserError
from sentistream.settings import SparkSettings
from sentistream.terminal import shown

ENDING_SECONDS = 1.0
"""How long after a failure the JVM may take to be seen to have ended."""


class JvmEndedError(UserError):
    """Spark's JVM is gone, and with it the session."""


@contextmanager
def end_explained() -> Iterator[None]:
    """Say in a sentence that the process's JVM has ended, instead of what its absence raised.

    Raises:
        JvmEndedError: something failed, and the JVM was killed or ended by itself.
    """
    try:
        yield
    except JvmEndedError:
        raise
    except Exception as failure:
        how = how_it_ended()
        if how is None:
            raise
        raise _ended(how) from failure


def _ended(how: str) -> JvmEndedError:
    return JvmEndedError(
        f"Spark's JVM ended ({how}), most likely out of memory: give it more by SPARK_DRIVER_MEMORY, or raise the container's limit."
    )


def how_it_ended() -> str | None:
    """How the process's JVM ended, `SIGKILL` or `exit code 1`; None while it runs, or where there is none.

    Waits a moment, since whoever asks has met a failure that may be the first sign.
    """
    process = getattr(SparkContext._gateway, "proc", None)
    if process is None:
        return None
    try:
        code = process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return _how(code)


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


@contextmanager
def output(settings: SparkSettings) -> Iterator[None]:
    """Let the JVM inherit a file as its standard error; ours stays what it is. `-` shares ours, line by line: the JVM quotes what it reads."""
    relay = None
    if settings.spark_log == "-":
        reading, target = os.pipe()
        for_people = (
            os.fdopen(os.dup(2), "w", 1, errors="backslashreplace") if settings.log_format == "console" else None
        )
        relay = threading.Thread(target=_relay, args=(reading, for_people), name="the JVM's output", daemon=True)
        relay.start()
    else:
        target = _appended(Path(settings.spark_log))
    ours = os.dup(2)
    failed = True
    try:
        os.dup2(target, 2)
        yield
        failed = False
    finally:
        os.dup2(ours, 2)
        os.close(ours)
        os.close(target)
        if failed and relay is not None:
            # What the JVM says of itself comes before what we say of it.
            relay.join(ENDING_SECONDS)


def _appended(file: Path) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def _relay(reading: int, for_people: TextIO | None) -> None:
    """Log each line, or show it to people, until the last process that holds the pipe's other end has ended."""
    log = structlog.get_logger()
    with os.fdopen(reading, encoding="utf-8", errors="replace") as lines, for_people or nullcontext():
        for line in lines:
            if for_people is not None:
                for_people.write(f"{shown(line.rstrip().expandtabs())}\n")
            elif line.strip():
                log.warning(line.rstrip(), logger="jvm")
