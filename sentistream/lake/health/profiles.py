"""The profiles of the versions that have scored tweets of a lake, `gold/model_profiles`.

Whatever scores with a version records its profile before it commits. So the lake can be judged without the registry, and for as long as it lives.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from deltalake import write_deltalake

from sentistream.drift import profile
from sentistream.drift.profile import Profile
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import MODEL_PROFILES

log = structlog.get_logger()
Version = tuple[str, int]
"""A registered model's name and the version's number."""


def recorded(lake: Lake) -> dict[Version, Profile]:
    """The profile of each version that has one."""
    table = lake.open(MODEL_PROFILES)
    rows = table.to_pyarrow_table(columns=["model_name", "model_version", "profile"]).to_pylist() if table else []
    found: dict[Version, Profile] = {}
    for row in rows:
        version = row["model_name"], row["model_version"]
        if version not in found and (read := _read(version, row["profile"])) is not None:
            found[version] = read
    return found


def _read(version: Version, written: bytes) -> Profile | None:
    try:
        return profile.parse(written)
    except UserError as odd:
        log.warning("a profile can't be used", model=f"models:/{version[0]}/{version[1]}", reason=str(odd))
        return None


def record(lake: Lake, version: Version, digest: str, written: bytes) -> bool:
    """Record a version's profile where it is not there yet; whether it was not.

    Raises:
        UserError: it is no profile.
    """
    profile.parse(written)
    table = lake.open(MODEL_PROFILES)
    if table is None:
        table = create.create(lake, MODEL_PROFILES)
    named = (pc.field("model_name") == version[0]) & (pc.field("model_version") == version[1])
    if table.to_pyarrow_dataset().count_rows(filter=named):
        return False
    lake.require_room(len(written))
    row: Mapping[str, object] = {
        "model_name": version[0],
        "model_version": version[1],
        "digest": digest,
        "profile": written,
        "recorded_at": datetime.now(UTC),
    }
    write_deltalake(table, pa.Table.from_pylist([row], pa.schema(table.schema().to_arrow())), mode="append")
    return True
