"""What versions say of the promotion rows, kept with the run that made them: by these a contest is decided again, whoever is champion by then."""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow as pa
from mlflow import MlflowClient

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.evaluation.contest import Contest, contest
from sentistream.evaluation.predictions import Predictions

FOLDER = "promotion"
"""Of the run's artefacts."""
ROWS_TAG, FILES_TAG = "promotion_rows", "promotion_sha256"
"""A version's tags: the digest of the rows, and a JSON object of file and SHA-256."""
MOST_BYTES = 64 << 20
"""Of one file: some two million rows."""


@dataclass(frozen=True)
class Kept:
    """Which predictions a version's run keeps, by its tags."""

    run_id: str
    rows: str
    """Digest of the promotion rows; equal ones are the same rows."""
    files: Mapping[str, str]
    """File → SHA-256 (hex)."""

    @classmethod
    def of(cls, run_id: str, tags: Mapping[str, str]) -> "Kept | None":
        """What the tags name; None where the version was registered before any were kept, or they are none of ours."""
        try:
            files = orjson.loads(tags.get(FILES_TAG, ""))
        except orjson.JSONDecodeError:
            return None
        if not tags.get(ROWS_TAG) or not isinstance(files, dict):
            return None
        return cls(run_id, tags[ROWS_TAG], {str(name): str(sha256) for name, sha256 in files.items()})


def file_of(version: int | None) -> str:
    """The file's name: of the run's own winner (None), or of the version that was champion then."""
    return "winner.parquet" if version is None else f"champion-{version}.parquet"


def digest(rows: pa.Table) -> str:
    """SHA-256 (hex) over number, label and text of each row; equal for the same rows alone, and no text can be told from it."""
    hashed = hashlib.sha256()
    for batch in rows.select(["row", "label", "text"]).sort_by("row").to_batches(max_chunksize=10_000):
        for row, label, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            hashed.update(orjson.dumps([row, label, text.encode("utf-8", "surrogatepass").hex()]))
    return hashed.hexdigest()


def contest_of(
    client: MlflowClient,
    challenger: ModelVersion,
    champion: ModelVersion,
    kept: Mapping[int, Kept],
) -> Contest | None:
    """Decide by stored predictions on the same promotion rows; None where there are none that both have.

    Args:
        client: of the registry that holds the runs.
        challenger: the version that may be promoted.
        champion: the version that it would replace.
        kept: version → what its run keeps.

    Raises:
        UserError: what is stored is not what was registered.
    """
    for ours, theirs in _pairs(challenger.version, champion.version, kept):
        first, second = _read(client, *ours), _read(client, *theirs)
        if first.labels != challenger.labels or second.labels != champion.labels:
            raise UserError(f"The stored predictions of {challenger.title} or {champion.title} are of other classes.")
        if first.rows.tolist() != second.rows.tolist() or first.truth.tolist() != second.truth.tolist():
            # Two classes beside three: the page promotes no such version.
            continue
        return contest(first, challenger.band, second, champion)
    return None


def _pairs(
    challenger: int, champion: int, kept: Mapping[int, Kept]
) -> Iterator[tuple[tuple[Kept, str], tuple[Kept, str]]]:
    """Files that hold both on the same rows: within the run of either, or in both where they were trained on the same data."""
    own, mine, theirs = file_of(None), kept.get(challenger), kept.get(champion)
    if mine is not None and {own, file_of(champion)} <= mine.files.keys():
        yield (mine, own), (mine, file_of(champion))
    if theirs is not None and {own, file_of(challenger)} <= theirs.files.keys():
        yield (theirs, file_of(challenger)), (theirs, own)
    if mine is not None and theirs is not None and mine.rows == theirs.rows and own in mine.files.keys() & theirs.files:
        yield (mine, own), (theirs, own)


def _read(client: MlflowClient, kept: Kept, name: str) -> Predictions:
    """Read a run's file, which has to be the one that was registered.

    Raises:
        UserError: it isn't, or is too large.
    """
    sizes = {Path(each.path).name: each.file_size or 0 for each in client.list_artifacts(kept.run_id, FOLDER)}
    if not 0 < sizes.get(name, 0) <= MOST_BYTES:
        raise UserError(f"The run {kept.run_id} has no usable {FOLDER}/{name}: {sizes.get(name, 0):,} bytes.")
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(client.download_artifacts(kept.run_id, f"{FOLDER}/{name}", scratch))
        if hashlib.sha256(file.read_bytes()).hexdigest() != kept.files[name]:
            raise UserError(f"The run {kept.run_id}'s {FOLDER}/{name} isn't what was registered: its SHA-256 differs.")
        return Predictions.read(file)
