"""Scores tweets as they arrive. What the services share, and what notebooks and programs take from here: `load_champion`, `open_lake`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentistream.notebook.model import load_champion as load_champion
    from sentistream.notebook.tables import open_lake as open_lake

__version__ = "0.1.0"
FOR_NOTEBOOKS = {"load_champion": "sentistream.notebook.model", "open_lake": "sentistream.notebook.tables"}
"""Name → its module, imported when it is asked for: every command imports this package."""


def __getattr__(name: str) -> Any:
    if name not in FOR_NOTEBOOKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(FOR_NOTEBOOKS[name]), name)


def __dir__() -> "list[str]":
    return sorted({*globals(), *FOR_NOTEBOOKS})
