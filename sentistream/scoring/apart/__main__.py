"""The process apart: warms up, takes one request from its standard input, bounds itself, and answers on its standard output."""

import contextlib
import math
import os
import resource
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import orjson

from sentistream.process import collector
from sentistream.scoring.apart import answer
from sentistream.scoring.apart.answer import Answer

MOST_FILES = 64
LARGEST_WRITTEN = 64 << 20
"""Bytes of a file that it may write: numba's cache."""
SHOWN = 300


def main(module: str, niceness: str) -> None:
    """Warm up, then answer one request.

    Args:
        module: of the flavour.
        niceness: how far this process gives way to others.
    """
    output = _only_output()
    os.nice(int(niceness))
    collector.look_rarely()
    try:
        flavour = import_module(module)
        flavour.warm_up()
    except Exception as failure:  # of our own installation
        answer.say_broken(output, repr(failure))
        return
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    answer.say_ready(output, spent)
    line = sys.stdin.buffer.readline()
    # Nothing, where nobody asks any more.
    if line:
        request = orjson.loads(line)
        more: Callable[[Path], int] = getattr(flavour, "memory_bytes", lambda _: 0)
        request["limits"]["memory_bytes"] += more(Path(request["folder"]))
        _bound(request["limits"], spent)
        answer.write(output, _answer(flavour, request))


def _only_output() -> BinaryIO:
    """Standard output for the answer alone: what a library prints goes elsewhere."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _bound(limits: dict[str, Any], spent: float) -> None:
    # Where memory runs out, the kernel is to end this process and not the one that streams.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, MOST_FILES)
    _limit(resource.RLIMIT_FSIZE, LARGEST_WRITTEN)
    # At the soft limit the kernel says why, at the hard one it only kills.
    _limit(resource.RLIMIT_CPU, math.ceil(spent + limits["processor_seconds"]), spare=1)
    _limit(resource.RLIMIT_DATA, limits["memory_bytes"])


def _limit(what: int, most: int, spare: int = 0) -> None:
    _, hard = resource.getrlimit(what)
    soft, last = (each if hard == resource.RLIM_INFINITY else min(each, hard) for each in (most, most + spare))
    resource.setrlimit(what, (soft, last))


def _answer(flavour: ModuleType, request: dict[str, Any]) -> Answer:
    try:
        answered: Answer = flavour.prepare(Path(request["folder"]), request["classes"], unchecked=request["unchecked"])
    except MemoryError:
        return Answer(refused=f"to load it takes more than {request['limits']['memory_bytes'] >> 20} MiB")
    except Exception as failure:  # whatever a library raises of foreign bytes
        first = (str(failure).splitlines() or [""])[0][:SHOWN]
        return Answer(refused=f"it can't be loaded: {type(failure).__name__} {first}".rstrip(" ."))
    return answered


if __name__ == "__main__":
    main(*sys.argv[1:])
