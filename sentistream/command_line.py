"""How every program runs its command line: one clear sentence instead of a traceback."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from typer import TyperException

from sentistream.errors import UserError
from sentistream.process import disk


def run(app: Callable[..., object]) -> None:
    """Run a Typer application or command; a UserError is printed as one sentence and becomes the exit code.

    With LOG_FORMAT=json in the environment every line on standard error is JSON, whoever writes it, this sentence included.
    """
    # Not by the settings: they may be what is refused.
    if os.environ.get("LOG_FORMAT") == "json":
        sys.exit(_run_as_json(app))
    try:
        with disk.explained():
            _whole(app)
    except UserError as refusal:
        from sentistream.terminal import printable

        # It may name a column, a label or a library's words about somebody's file.
        sys.stderr.write(f"error: {printable(str(refusal))}\n")
        sys.exit(refusal.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _run_as_json(app: Callable[..., object]) -> int:
    """The exit code of an application whose every line on standard error is JSON."""
    from sentistream import log

    lines = log.json_on_standard_error()
    try:
        with disk.explained():
            code: object = _whole(app, standalone_mode=False)
    except UserError as refusal:
        lines.error(str(refusal))
        return refusal.exit_code
    except TyperException as refusal:
        lines.error(refusal.format_message())
        return refusal.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as failure:  # a mistake of ours, and a traceback is many lines
        lines.error("failed", failure)
        return 1
    # What a command returns is no exit code; Exit's is.
    return code if isinstance(code, int) else 0


def _whole(app: Callable[..., object], **options: bool) -> object:
    """Run an application to its end, which is when all that it printed is written."""
    try:
        return app(**options)
    finally:
        try:
            sys.stdout.flush()
        except OSError as lost:
            # The interpreter would say so once more.
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
            # Whoever reads a pipe may have read enough.
            if not isinstance(lost, BrokenPipeError):
                raise
