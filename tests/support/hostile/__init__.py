"""Hostile model versions: made from a good champion by editing its files and its rows in a real registry.

Whoever can write to the registry can register any of them; none may serve, run code, read a secret or stop the stream.
"""

from tests.support.hostile import bombs, code, edits, labels, links, numbers, places
from tests.support.hostile.version import HostileVersion

VERSIONS: tuple[HostileVersion, ...] = (
    *code.VERSIONS,
    *bombs.VERSIONS,
    *numbers.VERSIONS,
    *labels.VERSIONS,
    *edits.VERSIONS,
    *places.VERSIONS,
    *links.VERSIONS,
)
