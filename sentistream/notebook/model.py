"""A registered model in a notebook or a program: texts in, probabilities and sentiments out, without Spark."""

from typing import Any

import numpy as np
import numpy.typing as npt

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import checked, sentiment
from sentistream.scoring import texts as given_texts
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import Probabilities
from sentistream.scoring.texts import Given
from sentistream.settings import RegistrySettings


class LoadedModel:
    """A version that scores as the stream does, to the bit. Safe in any thread."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        """What the stream would score with."""

    def __repr__(self) -> str:
        return f"<{self.name} version {self.version} ({self.scorer.flavour}): {', '.join(self.classes)}>"

    @property
    def name(self) -> str:
        """Of the registered model."""
        return self.model.name

    @property
    def version(self) -> int:
        """Its number in the registry, as `model_version` of the lake has it."""
        return self.model.version

    @property
    def flavour(self) -> str:
        """How the version is stored."""
        return self.scorer.flavour

    @property
    def model(self) -> ModelVersion:
        """All that is known of the version: label map, neutral band, digest, languages."""
        return self.scorer.version

    @property
    def classes(self) -> tuple[str, ...]:
        """The sentiments of `score`'s columns."""
        return self.scorer.classes

    def score(self, texts: Given) -> Probabilities:
        """Texts → float64[texts, classes]; a row of NaN where the stream would score no text: missing, blank, too long or with a NUL character.

        Args:
            texts: a list, an Arrow array or chunked array, a column of pandas or Polars, an array of NumPy.

        Raises:
            TypeError: it is a single text, or holds what is no text.
            UserError: the model fails on some text.
        """
        return checked.score_on_cores(self.scorer, given_texts.column(texts))

    def label(self, texts: Given) -> npt.NDArray[np.object_]:
        """Texts → their sentiments as the stream writes them; None where `score` gives NaN.

        Raises:
            TypeError: as `score`.
            UserError: as `score`.
        """
        probabilities = self.score(texts)
        return np.array(sentiment.sentiments_or_none(probabilities, self.model).to_pylist(), np.object_)


def load_champion(version: int | str | None = None, **settings: Any) -> LoadedModel:
    """Load the version that serves, or another, tried as the stream tries it; its files are kept in MODEL_CACHE.

    Args:
        version: a number, an alias, `models:/NAME@ALIAS` or `models:/NAME/VERSION`; without it MODEL_ALIAS, the champion.
        settings: of the registry where the environment's are not meant, in lower case: `mlflow_tracking_uri`, `mlflow_artifacts`, `model_name`,
            `model_cache` and the others of docs/settings.md#registry.

    Raises:
        UserError: there is no such version, it is refused, or only Spark can score it; says why.
        UnreachableError: the registry does not answer.
        TypeError: a version or setting can't be one.
    """
    unknown = sorted(settings.keys() - RegistrySettings.model_fields.keys())
    if unknown:
        raise TypeError(
            f"load_champion knows no setting {', '.join(unknown)}: {', '.join(RegistrySettings.model_fields)}."
        )
    if isinstance(version, bool) or not isinstance(version, int | str | None) or (type(version) is int and version < 1):
        raise TypeError(f"A version is a number from 1 on, or a name like 'champion', and not {version!r}.")
    chosen = RegistrySettings.from_options(**settings)
    # MLflow takes seconds to import.
    from sentistream.scoring import proven

    return LoadedModel(proven.named(chosen, None if version is None else str(version)))
