"""A registered version's files: where they may lie, how they are brought here, and by what they are known again.

In this order: `source` → `store` → `manifest` → `signature` → `room` → `cache`.
"""

from sentistream.scoring.artefact.cache import Artefact as Artefact
from sentistream.scoring.artefact.cache import fetch as fetch
from sentistream.scoring.artefact.cache import forget as forget
