"""How every program runs its command line: one clear sentence instead of a traceback, and nothing foreign that a terminal obeys."""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import typer

from sentistream.errors import UserError
from sentistream.process import disk


class Refusals(Protocol):
    """Where it is said why a program ends."""

    def error(self, sentence: str, failure: BaseException | None = None) -> None:
        """Say a condition that the user can mend, or the traceback of a failure that is nobody's mistake but ours."""

    def usage(self, refused: typer.TyperException) -> None:
        """Say what is wrong with the arguments."""


def run(app: Callable[..., object]) -> None:
    """Run a Typer application or command; a UserError is printed as one sentence and becomes the exit code.

    With LOG_FORMAT=json in the environment every line on standard error is JSON, whoever writes it, this sentence included.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that has no emoji gets their numbers.
        sys.stdout.reconfigure(errors="backslashreplace")
    # Not by the settings: they may be what is refused.
    sys.exit(_run(app, _as_json() if os.environ.get("LOG_FORMAT") == "json" else _Text()))


def _run(app: Callable[..., object], told: Refusals) -> int:
    try:
        with disk.explained():
            code = _whole(app)
    except UserError as refusal:
        told.error(str(refusal))
        return refusal.exit_code
    except typer.TyperException as refusal:
        # pydantic's word, before a choice's own.
        refusal.message = refusal.message.removeprefix("Value error, ")
        told.usage(refusal)
        return refusal.exit_code
    except KeyboardInterrupt:
        return 130
    except (typer.Abort, BrokenPipeError):
        return 1
    except Exception as failure:  # a mistake of ours
        told.error("failed", failure)
        return 1
    # What a command returns is no exit code; Exit's is.
    return code if isinstance(code, int) else 0


def _whole(app: Callable[..., object]) -> object:
    """Run an application to its end, which is when all that it printed is written."""
    try:
        return app(standalone_mode=False)
    finally:
        try:
            sys.stdout.flush()
        except OSError as lost:
            # The interpreter would say so once more.
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
            # Whoever reads a pipe may have read enough.
            if not isinstance(lost, BrokenPipeError):
                raise


class _Text:
    """For people."""

    def error(self, sentence: str, failure: BaseException | None = None) -> None:
        from sentistream.terminal import shown, shown_lines

        if failure is None:
            # It may name a column, a label or a library's words about somebody's file.
            sys.stderr.write(f"error: {shown(sentence)}\n")
        else:
            import traceback

            sys.stderr.write(shown_lines("".join(traceback.format_exception(failure))))

    def usage(self, refused: typer.TyperException) -> None:
        from sentistream.terminal import shown_lines

        words = io.StringIO()
        refused.show(words)  # type: ignore[attr-defined]  # Typer's own all have it
        sys.stderr.write(shown_lines(words.getvalue()))


def _as_json() -> Refusals:
    from sentistream import log

    return log.json_on_standard_error()
