"""How every program runs its command line: one clear sentence instead of a traceback."""

import os
import sys
from collections.abc import Callable

from typer import TyperException

from sentistream.errors import UserError


def run(app: Callable[..., object]) -> None:
    """Run a Typer application or command; a UserError is printed as one sentence and becomes the exit code.

    With LOG_FORMAT=json in the environment every line on standard error is JSON, whoever writes it, this sentence included.
    """
    # Not by the settings: they may be what is refused.
    if os.environ.get("LOG_FORMAT") == "json":
        sys.exit(_run_as_json(app))
    try:
        app()
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
        code: object = app(standalone_mode=False)
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
