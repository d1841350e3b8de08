"""Promotion: champion against challenger on held-out rows that neither has trained on, and the moves of the aliases."""

import pyarrow as pa
from mlflow import MlflowClient

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import registry, registry_connection
from trainer.evaluation import metrics
from trainer.evaluation.predictions import Predictions
from trainer.evaluation.registered import predict_registered
from trainer.evaluation.significance import mcnemar
from trainer.run import Contest
from trainer.settings import TrainerSettings


def contest(
    settings: TrainerSettings, challenger: Predictions, band: NeutralBand, champion: ModelVersion, rows: pa.Table
) -> Contest:
    """Set a challenger's predictions on the promotion rows against the champion's, by the classes that both know.

    Raises:
        UserError: the champion can't be loaded, or no row is of these classes.
    """
    shared = min(challenger.labels, champion.labels, key=lambda labels: len(labels.names))
    held = predict_registered(settings, champion, rows)
    ours, theirs = challenger.among(shared), held.among(shared)
    if not len(ours.truth):
        raise UserError(f"The promotion rows hold none of {shared}, so that nothing can be compared.")
    return Contest(
        champion.version,
        metrics.of(theirs).macro_f1,
        metrics.of(ours).macro_f1,
        len(ours.truth),
        mcnemar(ours.correct, theirs.correct),
        challenger.labels,
        champion.labels,
        _decided(challenger, band, shared),
        _decided(held, champion.band, shared),
        champion_is_fair=champion.kept_the_holdout,
    )


def _decided(predictions: Predictions, band: NeutralBand, shared: LabelMap) -> float:
    """Share of the rows of the shared classes."""
    return float(predictions.decided(band, shared)[predictions.truth < len(shared.names)].mean())


def promote(settings: TrainerSettings, version: int) -> None:
    """Move the alias to a version; the one it named before becomes `previous`."""
    client, name = registry_connection.client(settings), settings.model_name
    alias = registry.spelt(client, name, settings.model_alias)
    before = _named(client, name, alias)
    if before is not None and before != str(version):
        client.set_registered_model_alias(name, registry.PREVIOUS, before)
    client.set_registered_model_alias(name, alias, str(version))


def rollback(settings: TrainerSettings) -> tuple[int, int]:
    """Exchange the champion and the version before it; their numbers, the new champion first.

    Raises:
        UserError: there is no champion, or none before it.
    """
    client, name = registry_connection.client(settings), settings.model_name
    alias = registry.spelt(client, name, settings.model_alias)
    now, before = (_named(client, name, each) for each in (alias, registry.PREVIOUS))
    if now is None or before is None:
        lacking = alias if now is None else registry.PREVIOUS
        raise UserError(f"{name} has no version named {lacking}: there is nothing to go back to.")
    client.set_registered_model_alias(name, alias, before)
    client.set_registered_model_alias(name, registry.PREVIOUS, now)
    return int(before), int(now)


def _named(client: MlflowClient, name: str, alias: str) -> str | None:
    found = registry.by_alias(client, name, alias)
    return None if found is None else str(found.version)
