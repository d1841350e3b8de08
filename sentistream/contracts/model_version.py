"""A registered model as serving knows it; apart from `registry`, whose MLflow takes seconds to import."""

from dataclasses import dataclass

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.split import is_kept_by

SPARKML = "sparkml"
"""The flavour of a saved Spark `PipelineModel`, and of every version whose tags name none."""
ONNX = "onnx"
"""The flavour of a graph that onnxruntime runs."""

PREVIOUS, CHALLENGER = "previous", "challenger"
"""Aliases: the version to go back to, and one that is watched beside the champion and scores nothing of the stream."""

NAMED_BY = "A version's number, an alias, models:/NAME@ALIAS or models:/NAME/VERSION"
"""How a command is told of a version (`sentistream.scoring.named_version`)."""


@dataclass(frozen=True)
class ModelVersion:
    """A registered version, with what serving needs to know of it."""

    name: str
    version: int
    labels: LabelMap
    band: NeutralBand
    run_id: str
    """The training run that made it: another registry's version of the same number is another model."""
    flavour: str = SPARKML
    """How it is stored, and with that what scores it; also the name of the folder within its artefact."""
    split: str = ""
    """By which split its training rows were chosen, its tag `split`; empty where it does not say."""

    data_sha256: tuple[str, ...] = ()
    """Of each file that it was trained on, its tag `data_sha256`; empty where it does not say."""

    languages: tuple[str, ...] | None = None
    """BCP 47, its tag `languages`: those in which the trainer proved it by the probe, `und` where by none; None where it does not say."""

    digest: str = ""
    """SHA-256 (hex) of the list of its files: its tag `digest`, and of a loaded version what was computed from the files that were loaded. Empty before that where it was registered by a version before digests."""

    signature: str = ""
    """HMAC-SHA256 (hex) over its name, number and digest, flavour, labels, band and languages, its tag `signature`; empty where nobody signed it."""

    @property
    def uri(self) -> str:
        """MLflow's address of exactly this version."""
        return f"models:/{self.name}/{self.version}"

    @property
    def title(self) -> str:
        """How people are told of it."""
        return f"{self.name} {self.version}"

    @property
    def kept_the_holdout(self) -> bool:
        """Whether it is known that no row of the project's holdout was trained on."""
        return is_kept_by(self.split)

    @property
    def identity(self) -> tuple[str, int, str]:
        """What tells it from any other model, whatever its tags say by now."""
        return self.name, self.version, self.run_id
