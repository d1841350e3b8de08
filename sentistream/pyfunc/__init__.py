"""What a version's `MLmodel` names as the module that loads its `python_function`. Registered versions name it: it can't be renamed.

It is part of the installed package, so a version holds no code.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentistream.pyfunc.loader import Sentiments


def _load_pyfunc(path: str) -> "Sentiments":
    """Called by MLflow, with the folder of a version's files."""
    from sentistream.pyfunc import loader

    return loader.load(path)
