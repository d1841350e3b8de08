"""MLflow's `python_function` of a version: what `mlflow.pyfunc.load_model`, `mlflow models serve` and `spark_udf` load. Text in, sentiment and probabilities out.

The files are held against the same list as in our own services, in a process apart.
"""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from mlflow.models import Model

from sentistream.contracts.labels import POSITIVE, LabelMap, NeutralBand
from sentistream.contracts.model_version import SPARKML, ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probabilities, without_spark
from sentistream.scoring.apart import ProcessApart
from sentistream.scoring.artefact import manifest
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.registry import BAND_HIGH_TAG, BAND_LOW_TAG, FLAVOUR_TAG, LABELS_TAG
from sentistream.scoring.scorer import FLAVOURS, Scorer
from sentistream.scoring.sentiment import sentiments
from sentistream.terminal import shown

TEXT, SENTIMENT, P_POSITIVE = "text", "sentiment", "p_positive"
NAME = "model_name"
"""In the metadata of `MLmodel`, beside the tags that decide a sentiment."""
NUMBER = re.compile(r"^model_version: *'?(\d{1,9})'?$", re.MULTILINE)


class Sentiments:
    """A version as MLflow's programs call it."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Score texts.

        Args:
            model_input: a frame with the column `text` (or one column), a column, or a list; a text that is missing is an empty one.
            params: none are taken.

        Returns:
            For each text `sentiment` and `p_positive`, then the other classes' probabilities.
        """
        version = self._scorer.version
        scored = self._scorer.score(pa.array(_texts(model_input), pa.large_string(), from_pandas=True))
        p_positive = probabilities.required(scored, version)
        others = [name for name in self._scorer.classes if name != POSITIVE]
        columns = {
            SENTIMENT: sentiments(scored, version).to_pylist(),
            P_POSITIVE: p_positive,
            **{probability_of(name): scored[:, version.labels.index(name)] for name in others},
        }
        return pd.DataFrame(columns, index=_index(model_input))


def probability_of(sentiment: str) -> str:
    """The column of a class's probability."""
    return f"p_{sentiment}"


def load(path: str) -> Sentiments:
    """Read a version's files by what they say themselves, as our own services read them.

    Raises:
        RefusedError: they are not what was registered, or nothing that may be loaded.
        SparkOnlyError: only Spark can score it.
    """
    folder = Path(path)
    described = Model.load(str(folder / "MLmodel"))
    version = _version(described, _number(folder))
    if (folder / manifest.NAME).exists() and manifest.held(folder) is None:
        raise RefusedError(f"{folder} holds other files than its {manifest.NAME} lists: fetch the version again.")
    module = FLAVOURS.get(version.flavour)
    if module is None:
        raise RefusedError(
            f"The file MLmodel names the flavour {shown(version.flavour, 40)}, this program scores {', '.join(FLAVOURS)}: it was made by a newer one."
        )
    flavour = import_module(module)
    with ProcessApart(module) as process:
        said = process.prepared(version, folder / version.flavour)
    if said.prepared is None:
        raise RefusedError(f"{version.uri} is not run: nothing was made of it.")
    return Sentiments(without_spark.require(flavour.scorer(version, folder / version.flavour, said.prepared)))


def _number(folder: Path) -> int:
    """The version's number, as MLflow writes it beside files that it was asked for by their model's name; else 0."""
    try:
        written = NUMBER.search((folder / "registered_model_meta").read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return 0
    return int(written[1]) if written else 0


def _version(described: Model, number: int) -> ModelVersion:
    """A version by what its own files say."""
    metadata = described.metadata or {}
    try:
        labels = LabelMap.parse(metadata[LABELS_TAG])
        band = NeutralBand(float(metadata[BAND_LOW_TAG]), float(metadata[BAND_HIGH_TAG]))
        flavour = str(metadata.get(FLAVOUR_TAG, SPARKML))
        return ModelVersion(str(metadata[NAME]), number, labels, band, str(described.run_id), flavour=flavour)
    except (KeyError, ValueError, TypeError, AttributeError, UserError) as odd:
        raise RefusedError(f"The file MLmodel says nothing usable of its classes ({odd}).") from odd


def _index(model_input: Any) -> Any:
    return model_input.index if isinstance(model_input, pd.DataFrame | pd.Series) else None


def _texts(model_input: Any) -> Any:
    if not isinstance(model_input, pd.DataFrame):
        return model_input
    if TEXT in model_input:
        return model_input[TEXT]
    if len(model_input.columns) != 1:
        raise UserError(f"The texts belong in a column {TEXT}; there are {', '.join(map(str, model_input.columns))}.")
    return model_input.iloc[:, 0]
