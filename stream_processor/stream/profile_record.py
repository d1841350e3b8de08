"""Puts the profile of a version into the lake before its first row: who judges what it meets needs no registry."""

import structlog
from deltalake.exceptions import DeltaError

from sentistream.contracts.model_version import ModelVersion
from sentistream.drift.profile import MOST_BYTES, NAME
from sentistream.errors import UserError, said
from sentistream.lake.health import profiles
from sentistream.lake.lake import Lake
from sentistream.scoring.artefact import copies
from sentistream.settings import RegistrySettings

log = structlog.get_logger()


def keep(lake: Lake, settings: RegistrySettings, version: ModelVersion) -> None:
    """Record a loaded version's profile; one without any goes on, and is not judged. What fails is logged: it must not keep the version from serving.

    Args:
        lake: where.
        settings: name the cache.
        version: as it was loaded, with the digest of its files.
    """
    try:
        file = copies.place(settings, version) / NAME
        if not file.is_file():
            log.info("the version has no profile: what it meets is counted and not judged", model=version.uri)
            return
        with file.open("rb") as held:
            written = held.read(MOST_BYTES + 1)
        if profiles.record(lake, (version.name, version.version), version.digest, written):
            log.info("recorded the version's profile", model=version.uri)
    except (UserError, DeltaError, OSError) as wrong:
        log.warning("the version's profile can't be recorded: it is not judged", model=version.uri, reason=said(wrong))
