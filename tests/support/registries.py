"""A registry of the tests' own."""

from pathlib import Path

from trainer.settings import TrainerSettings


def registry_in(folder: Path) -> TrainerSettings:
    """A registry, its artefacts and the trainer's state, all below a folder."""
    return TrainerSettings.from_options(
        mlflow_tracking_uri=f"sqlite:///{folder / 'mlflow.db'}",
        mlflow_artifacts=str(folder / "mlartifacts"),
        model_cache=str(folder / "models"),
        trainer_state=str(folder / "trainer"),
    )
