"""How every program runs its command line: one clear sentence instead of a traceback."""

import sys
from collections.abc import Callable

from sentistream.errors import UserError


def run(app: Callable[[], object]) -> None:
    """Run a Typer application or command; a UserError is printed as one sentence and becomes the exit code."""
    try:
        app()
    except UserError as refusal:
        sys.stderr.write(f"error: {refusal}\n")
        sys.exit(refusal.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
