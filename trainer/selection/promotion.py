"""Promotion: champion against challenger on held-out rows that neither has trained on, and the moves of the aliases."""

import pyarrow as pa
from mlflow import MlflowClient

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import registry
from trainer.evaluation import metrics
from trainer.evaluation.predictions import Predictions
from trainer.evaluation.registered import predict_registered
from trainer.evaluation.significance import mcnemar
from trainer.run import Contest
from trainer.settings import TrainerSettings


def contest(
    settings: TrainerSettings, challenger: Predictions, champion: ModelVersion, rows: pa.Table
) -> Contest | None:
    """Set a challenger's predictions on the promotion rows against the champion's; None where their classes differ."""
    if champion.labels != challenger.labels:
        return None
    held = predict_registered(settings, champion, rows)
    return Contest(
        champion.version,
        metrics.of(held).macro_f1,
        metrics.of(challenger).macro_f1,
        len(held.truth),
        mcnemar(challenger.correct, held.correct),
    )


def promote(settings: TrainerSettings, version: int) -> None:
    """Move the alias to a version; the one it named before becomes `previous`."""
    client, name = registry.client(settings), settings.model_name
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
    client, name = registry.client(settings), settings.model_name
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
