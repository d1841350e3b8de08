"""A registered version's files: where they may lie, how they are brought here, and by what they are known again.

In this order: `source` → `store` → `manifest` → `signature` → `room` → `copies` → `cache`.
"""

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.artefact.copies import Artefact as Artefact
from sentistream.scoring.artefact.copies import forget as forget
from sentistream.settings import RegistrySettings


def fetch(settings: RegistrySettings, model: ModelVersion) -> Artefact:
    """`cache.fetch`, which brings MLflow with it."""
    from sentistream.scoring.artefact import cache

    return cache.fetch(settings, model)
