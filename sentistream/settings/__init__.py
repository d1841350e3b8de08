"""Settings from the environment: frozen, typed, refused at start with the variable's name and what is allowed."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from sentistream import places
from sentistream.settings.kafka import KafkaSettings as KafkaSettings
from sentistream.settings.metrics import MetricsSettings as MetricsSettings
from sentistream.settings.metrics import PromFile
from sentistream.settings.secret_files import PrivateFile
from sentistream.settings.service import LocalPath as LocalPath
from sentistream.settings.service import Location as Location
from sentistream.settings.service import OptionName as OptionName
from sentistream.settings.service import ServiceSettings as ServiceSettings
from sentistream.settings.service import TableLocation as TableLocation

LOG_CHECKPOINT_COMMITS = 100
"""Commits between two checkpoints of a table's log."""
LOG_KEPT_COMMITS = 200
"""Versions that stay readable: a minute of a busy stream, and 3 ms of each commit."""

# An empty file stands in where there is none.
Secret = Annotated[SecretStr | None, BeforeValidator(lambda secret: secret or None)]


class TrackingSettings(ServiceSettings):
    """Where models are registered."""

    mlflow_tracking_uri: str = Field("sqlite:///.local/mlflow.db", pattern=r"^(sqlite:///.+|https?://\S+)$")
    """The model registry: an MLflow server (http://…), or a SQLite file (sqlite:///…)."""
    mlflow_tracking_username: str | None = None
    """Who asks a server that wants to know (MLflow's own name, as the next two)."""
    mlflow_tracking_password: Secret = None
    """The user's password; never printed."""
    mlflow_tracking_token: Secret = None
    """A bearer token, for a server behind a proxy that wants one instead of user and password; never printed."""

    @model_validator(mode="after")
    def _log_in_one_way(self) -> Self:
        if (self.mlflow_tracking_password is None) != (not self.mlflow_tracking_username):
            raise ValueError("MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD go together: give both, or neither")
        if self.mlflow_tracking_password is not None and self.mlflow_tracking_token is not None:
            raise ValueError("give MLFLOW_TRACKING_PASSWORD or MLFLOW_TRACKING_TOKEN, not both")
        return self


class RegistrySettings(TrackingSettings):
    """Where models are registered and which one is meant."""

    mlflow_artifacts: str = Field(".local/mlartifacts", min_length=1)
    """Where artefacts go, of a SQLite file or of the containers' server: a folder, or `s3://bucket/prefix`."""
    model_name: str = Field("tweet-sentiment", pattern=r"^[A-Za-z0-9_.-]{1,200}$")
    """The registered model."""
    model_alias: str = Field("champion", pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,99}$")
    """The alias that names the version to use: which one scores, and what a winner gets."""
    model_cache: LocalPath = ".local/models"
    """A local folder that keeps downloaded versions."""
    model_signing_key_file: Annotated[LocalPath | None, BeforeValidator(lambda file: file or None), PrivateFile()] = (
        None
    )
    """A file with at least 32 bytes by which the trainer signs versions; where it is set, a version without a right signature is refused. It is never printed."""
    champion_probe: bool = True
    """Whether a version must score plain sentences rightly, in the languages that it was trained on, before it becomes champion and again before it serves."""
    allow_unchecked_models: bool = False
    """Whether a version may run that this program does not understand (docs/security.md): its stages may run any code in the processor, and read its secrets. Said in the log where it is used."""

    @field_validator("mlflow_artifacts")
    @classmethod
    def _place_of_a_file_registry(cls, written: str, info: ValidationInfo) -> str:
        # A server writes them itself, wherever its MLflow can.
        return places.place(written) if str(info.data.get("mlflow_tracking_uri")).startswith("sqlite:") else written


class ChampionSettings(RegistrySettings):
    """How a service that lasts waits for the champion, and follows it."""

    champion_wait_seconds: float = Field(600, ge=0)
    """How long to wait for the registry to answer, and for a champion to be registered there."""
    champion_check_seconds: float = Field(5, ge=0)
    """How often the registry is asked, beside the service, whether the champion is another version by now; 0 is never."""


class LakeSettings(ServiceSettings):
    """Where the tables lie."""

    lake_uri: TableLocation = ".local/lake"
    """Where the tables lie: a folder, or `s3://bucket/prefix`."""
    log_kept_commits: int = Field(LOG_KEPT_COMMITS, ge=LOG_CHECKPOINT_COMMITS)
    """How many versions of a table on a local disk stay readable (time travel); each costs every batch some 15 µs."""


class S3Settings(ServiceSettings):
    """How to reach an object store that speaks S3; the names are those that every other program uses for it, too."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    aws_endpoint_url: str | None = Field(None, pattern=r"^https?://[^\s/]+/?$")
    """Another object store than Amazon's own."""
    aws_region: str | None = Field(None, pattern=r"^[a-z0-9-]{1,40}$")
    """Where the bucket lies; `us-east-1` where nothing says so."""
    aws_access_key_id: SecretStr | None = None
    """Who asks the object store; without it, whatever the machine's role allows; never printed."""
    aws_secret_access_key: SecretStr | None = None
    """The key's secret; never printed."""
    aws_session_token: SecretStr | None = None
    """Of a key that holds for a while; never printed."""
    s3_path_style: bool = True
    """Whether a bucket is asked for as `host/bucket`; false: as `bucket.host`."""


class RetentionSettings(LakeSettings):
    """How long the stream's tables keep their rows."""

    silver_kept_days: int = Field(0, ge=0, le=36_500)
    """How many whole days (UTC, of the Kafka time) of `silver/scored_tweets` are kept beside today's; 0 is all. At least what DEDUPLICATION_WINDOW_SECONDS reaches back."""
    rejected_kept_days: int = Field(0, ge=0, le=36_500)
    """The same for `bronze/rejected_tweets`."""


class SparkSettings(ServiceSettings):
    """The Spark session."""

    spark_master: str = Field("local[*]", pattern=r"^(local(\[[\d*,]+\])?|spark://\S+|k8s://\S+|yarn)$")
    """Where Spark runs: `local[*]`, or a cluster's master (`spark://spark-master:7077` with the containers' profile `cluster`)."""
    spark_driver_memory: str = Field("1g", pattern=r"^\d+[mg]$")
    """Heap of the driver's JVM."""
    spark_scratch: LocalPath = ".local/spark"
    """Spark's scratch files."""
    spark_log: str = Field(".local/spark/spark.log", min_length=1)
    """Where the JVM's own output goes; `-` for standard error."""

    @property
    def is_local(self) -> bool:
        """True where the executors are threads of the driver's own JVM."""
        return self.spark_master.startswith("local")


class AuditSettings(ServiceSettings):
    """By what a lake knows again what it was to forget."""

    # An empty file stands in where there is no key.
    forget_key: Annotated[
        Annotated[SecretStr, Field(min_length=16)] | None, BeforeValidator(lambda key: key or None)
    ] = None
    """The secret with which forgotten ids are hashed, at least 16 characters, the same for as long as the lake lives; never printed.

    Only a lake that has forgotten something needs it. A file `forget_key` in SECRETS_FOLDER will do.
    """


class ForgetSettings(LakeSettings, AuditSettings):
    """What `lake forget` reads."""


class DoctorSettings(KafkaSettings, TrackingSettings, LakeSettings, AuditSettings):
    """What `lake doctor` reads: the tables, and the topic and the registry where they answer."""

    kafka_wait_seconds: float = Field(3, ge=0)
    """How long to wait for a broker that does not answer."""
    doctor_metrics_file: PromFile = None
    """A file `….prom` for a metric of each finding, which Prometheus's node_exporter shows; without it none is written."""
