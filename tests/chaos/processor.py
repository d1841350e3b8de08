"""The real processor, which kills itself (SIGKILL) at the n-th passing of a named crash point: `CRASH_AT=point:n`."""

import os
import signal
from collections.abc import Callable
from typing import Any

from sentistream import command_line
from stream_processor.__main__ import app
from stream_processor.stream.sink import lake_sink, rejected_table

POINTS = ("after_scoring", "between_writes", "after_commit")


def die_at(owner: Any, name: str, after: int, when: str) -> None:
    """Replace `owner.name` by one that dies at its n-th call, before or after doing its work."""
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def mortal(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == after and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*arguments, **named)
        if calls == after and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    setattr(owner, name, mortal)


def arm(crash_at: str) -> None:
    """Arm one crash point."""
    point, _, number = crash_at.partition(":")
    if point == "after_scoring":
        die_at(lake_sink.LakeSink, "append", int(number), "before")
    elif point == "between_writes":
        die_at(rejected_table.RejectedTable, "append", int(number), "after")
    elif point == "after_commit":
        # The Delta commit is there; Spark's own commit log is written only after this returns.
        die_at(lake_sink.LakeSink, "append", int(number), "after")


if __name__ == "__main__":
    arm(os.environ.get("CRASH_AT", ""))
    command_line.run(app)
