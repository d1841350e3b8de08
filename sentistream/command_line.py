"""What the command lines of all services share: one clear sentence instead of a traceback."""

import sys

import typer

from sentistream.errors import UserError


def run(app: typer.Typer) -> None:
    """Run a Typer application; a UserError is printed as one sentence and becomes the exit code."""
    try:
        app()
    except UserError as refusal:
        sys.stderr.write(f"error: {refusal}\n")
        sys.exit(refusal.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
