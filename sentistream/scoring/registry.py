"""What the model registry (MLflow) holds: which version an alias names, and a version's tags."""

import json
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion as MlflowVersion
from mlflow.exceptions import MlflowException

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import registry_connection
from sentistream.scoring.probe_sentences import known_as
from sentistream.settings import RegistrySettings, TrackingSettings

LABELS_TAG, BAND_LOW_TAG, BAND_HIGH_TAG = "label_map", "neutral_band_low", "neutral_band_high"
SPLIT_TAG, DATA_TAG = "split", "data_sha256"
LANGUAGES_TAG, PROBE_TAG = "languages", "probe"
DIGEST_TAG, SIGNATURE_TAG = "digest", "signature"
SPARK_ONLY_TAG = "spark_only"
"""Why only Spark can score a version that was promoted all the same (`without_spark` tells of any version)."""
FLAVOUR_TAG = "flavour"
"""Versions that were registered before there was more than one flavour lack it."""
SPEED_TAG = "tweets_per_second"
"""Of one core where the version compiles, as its training measured it."""


def resolve(settings: RegistrySettings) -> ModelVersion | None:
    """The version that the configured alias names; None when there is none.

    Raises:
        UserError: the version's tags are not those of a sentistream model.
        UnreachableError: the registry does not answer.
    """
    registry = registry_connection.client(settings)
    with registry_connection.answering(settings):
        registered = by_alias(registry, settings.model_name, settings.model_alias)
    return None if registered is None else described(registered)


def resolve_uri(settings: RegistrySettings, uri: str) -> ModelVersion:
    """The version that `models:/name@alias` or `models:/name/number` names.

    Raises:
        UserError: the address is malformed or names nothing.
    """
    path = uri.removeprefix("models:/")
    name, separator, rest = path.partition("@") if "@" in path else path.partition("/")
    if path == uri or not name or not separator or not rest:
        raise UserError(f"{uri}: write models:/NAME@ALIAS or models:/NAME/VERSION.", exit_code=2)
    registry = registry_connection.client(settings)
    with registry_connection.answering(settings):
        try:
            registered = by_alias(registry, name, rest) if separator == "@" else registry.get_model_version(name, rest)
        except MlflowException as error:
            if error.error_code not in registry_connection.NOT_THERE:
                raise
            registered = None
    if registered is None:
        raise UserError(
            f"{uri}: the registry at {registry_connection.shown(settings)} has no such model; `sentistream models` lists them."
        )
    return described(registered)


def by_alias(registry: MlflowClient, name: str, alias: str) -> MlflowVersion | None:
    """The version that an alias names, in whatever case it is written; None when there is none."""
    try:
        return registry.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        if error.error_code not in registry_connection.NOT_THERE:
            raise
    known = spelt(registry, name, alias)
    return None if known == alias else registry.get_model_version_by_alias(name, known)


def spelt(registry: MlflowClient, name: str, alias: str) -> str:
    """An alias as the registry spells it: `Champion` is `champion` where only that is there, and stays as it is where neither is."""
    try:
        held = registry.get_registered_model(name).aliases
    except MlflowException as error:
        if error.error_code not in registry_connection.NOT_THERE:
            raise
        return alias
    return alias if alias in held else next((each for each in sorted(held) if each.lower() == alias.lower()), alias)


LISTED = (
    "version",
    "alias",
    "registered",
    "cell",
    "labels",
    "languages",
    "test_accuracy",
    "test_macro_f1",
    "test_rows",
)


def versions(settings: RegistrySettings) -> list[dict[str, str | int]]:
    """The registered versions, the newest first, with the columns `LISTED`; empty where there is none."""
    registry = registry_connection.client(settings)
    with registry_connection.answering(settings):
        registered = registry.search_model_versions(f"name='{settings.model_name}'")
        aliases: dict[str, list[str]] = {}
        for model in registry.search_registered_models(f"name='{settings.model_name}'"):
            for alias, version in model.aliases.items():
                aliases.setdefault(str(version), []).append(alias)
    return [
        {
            "version": int(each.version),
            "alias": ", ".join(sorted(aliases.get(str(each.version), []))),
            "registered": datetime.fromtimestamp(each.creation_timestamp / 1000, UTC).strftime("%Y-%m-%d %H:%M"),
            "labels": each.tags.get(LABELS_TAG, ""),
            "languages": ", ".join(_languages(each.tags.get(LANGUAGES_TAG, "")) or ()),
            **{name: each.tags.get(name, "") for name in ("cell", "test_accuracy", "test_macro_f1", "test_rows")},
        }
        for each in sorted(registered, key=lambda each: -int(each.version))
    ]


def digests(settings: TrackingSettings, name: str) -> dict[int, str]:
    """Number → the tag `digest` of each registered version of a model, empty where it has none; no version where there is no such model.

    Raises:
        UnreachableError: the registry does not answer.
    """
    registry = registry_connection.client(settings)
    with registry_connection.answering(settings):
        registered = registry.search_model_versions(f"name='{name}'")
    return {int(each.version): each.tags.get(DIGEST_TAG, "") for each in registered}


def described(registered: MlflowVersion) -> ModelVersion:
    """A version by its tags.

    Raises:
        UserError: they are not those of a sentistream model.
    """
    name, version, tags = registered.name, int(registered.version), registered.tags
    try:
        labels = LabelMap.parse(tags[LABELS_TAG])
        band = NeutralBand(float(tags[BAND_LOW_TAG]), float(tags[BAND_HIGH_TAG]))
    except (KeyError, ValueError) as missing:
        raise UserError(
            f"models:/{name}/{version} has no usable tag {missing}: it was not registered by this trainer."
        ) from missing
    except UserError as odd:
        raise UserError(f"models:/{name}/{version} can't be used: {odd}") from odd
    return ModelVersion(
        name,
        version,
        labels,
        band,
        registered.run_id or "",
        flavour=tags.get(FLAVOUR_TAG, SPARKML),
        split=tags.get(SPLIT_TAG, ""),
        data_sha256=_hashes(tags.get(DATA_TAG, "")),
        languages=_languages(tags.get(LANGUAGES_TAG, "")),
        digest=tags.get(DIGEST_TAG, ""),
        signature=tags.get(SIGNATURE_TAG, ""),
    )


def _languages(tag: str) -> tuple[str, ...] | None:
    """The languages in a tag, by the probe's names for them; None where it names none."""
    return tuple(dict.fromkeys(known_as(each) for each in tag.replace(" ", "").split(",") if each)) or None


def _hashes(tag: str) -> tuple[str, ...]:
    """The hashes in a tag that holds a JSON object of file and sha256, as our trainer writes it; of any other, nothing is known."""
    try:
        files = json.loads(tag)
    except ValueError:
        return ()
    return tuple(map(str, files.values())) if isinstance(files, dict) else ()
