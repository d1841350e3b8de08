"""`sentistream settings`."""

import sys


def settings() -> None:
    """Show every setting as a table in Markdown: variable, default, meaning, and who reads it."""
    from sentistream.reference.files import tables

    sys.stdout.write(tables())
