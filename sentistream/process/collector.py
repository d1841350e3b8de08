"""Python's collector of cycles beside imports: what they make is never garbage, and a start would look through all of it some hundred times."""

import gc

AS_PYTHON = gc.get_threshold()
AT_A_START = (50_000, *AS_PYTHON[1:])
"""So many new objects before the next look; Python's own are some hundreds."""


def look_rarely() -> None:
    """Look seldom from now on, for a process that is about to import much: a fifth of that takes the collector."""
    gc.set_threshold(*AT_A_START)


def settle() -> None:
    """Leave out what is there now, and look as often as Python does by itself: what the imports left is as old as the process."""
    gc.freeze()
    gc.set_threshold(*AS_PYTHON)
