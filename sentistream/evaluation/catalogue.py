"""The versions that the registry holds, with what it says of each: how good it was found, on which rows, and how fast."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mlflow.entities.model_registry import ModelVersion as MlflowVersion

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.evaluation.deciding import Kept
from sentistream.evaluation.entry import Entry, Measured
from sentistream.scoring import registry, registry_connection
from sentistream.settings import RegistrySettings

ACCURACY, MACRO_F1, ROWS, INTERVAL = "test_accuracy", "test_macro_f1", "test_rows", "test_accuracy_interval"
"""Tags that the trainer writes."""


def entries(settings: RegistrySettings) -> list[tuple[Entry, Kept | None]]:
    """The versions of MODEL_NAME, the newest first, each with the predictions that its run keeps; none where there is no such model.

    Raises:
        UnreachableError: the registry does not answer.
    """
    client = registry_connection.client(settings)
    with registry_connection.answering(settings):
        registered = client.search_model_versions(f"name='{settings.model_name}'")
        models = client.search_registered_models(f"name='{settings.model_name}'")
    aliases: dict[str, list[str]] = {}
    for model in models:
        for alias, number in model.aliases.items():
            aliases.setdefault(str(number), []).append(alias)
    return [
        (_entry(each, tuple(sorted(aliases.get(str(each.version), [])))), Kept.of(each.run_id or "", each.tags))
        for each in sorted(registered, key=lambda each: -int(each.version))
    ]


def _entry(registered: MlflowVersion, aliases: tuple[str, ...]) -> Entry:
    tags, unusable = registered.tags, ""
    version: ModelVersion | None = None
    try:
        version = registry.described(registered)
    except UserError as odd:
        unusable = str(odd)
    return Entry(
        int(registered.version),
        version,
        unusable,
        aliases,
        datetime.fromtimestamp(registered.creation_timestamp / 1000, UTC),
        tags.get("cell", ""),
        measured(tags, version.data_sha256 if version is not None else ()),
        _number(tags.get(registry.SPEED_TAG, "")),
        tags.get(registry.PROBE_TAG, ""),
    )


def measured(tags: Mapping[str, str], data_sha256: tuple[str, ...]) -> Measured | None:
    """The figures in a version's tags; None where one is missing, or no number."""
    accuracy, macro_f1, rows = (_number(tags.get(name, "")) for name in (ACCURACY, MACRO_F1, ROWS))
    if accuracy is None or macro_f1 is None or rows is None:
        return None
    low, _, high = tags.get(INTERVAL, "").partition("–")
    bounds = _number(low), _number(high)
    interval = (bounds[0], bounds[1]) if bounds[0] is not None and bounds[1] is not None else None
    return Measured(accuracy, interval, macro_f1, int(rows), data_sha256)


def _number(written: str) -> float | None:
    """A finite number of at least 0."""
    try:
        number = float(written)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
