"""The registered version that a command names, and what it says of texts that are already in the lake."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import structlog

from sentistream import object_storage, spark
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probe, registry
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import champion
from stream_processor.stream.parse import parse
from stream_processor.stream.placement import PipelineScorer, Probabilities, score

log = structlog.get_logger()
TextScorer = Callable[[pa.Array], Probabilities]
"""Texts → float64[texts, classes]."""


def resolve(settings: ProcessorSettings, named: str) -> ModelVersion:
    """The version that a number, an alias or MLflow's address names; the first two of the model MODEL_NAME.

    Raises:
        UserError: it names nothing.
    """
    if named.startswith("models:"):
        return registry.resolve_uri(settings, named)
    separator = "/" if named.isdecimal() else "@"
    return registry.resolve_uri(settings, f"models:/{settings.model_name}{separator}{named}")


def text_scorer(settings: ProcessorSettings, model: ModelVersion) -> TextScorer:
    """The stream's own scorer of a version, tried on the probe set: compiled, or Spark's transform where it can't be.

    Raises:
        UserError: the version can't be loaded, or does not score as its tags say.
    """
    fetched = champion.fetch(settings, model)
    if fetched.compiled is not None:
        texts: TextScorer = fetched.compiled.score_arrow
        scored = score(parse(probe.records()), model, fetched.compiled)
    else:
        log.warning("scores by Spark's own transform, ten times slower", model=model.uri, reason=fetched.reason)
        scored, texts = _by_spark(settings, model)
    if settings.champion_probe:
        probe.require_sensible(scored, model)
    return texts


def _by_spark(settings: ProcessorSettings, model: ModelVersion) -> tuple[pa.Table, TextScorer]:
    s3 = object_storage.settings_for(settings.lake_uri, settings.checkpoint_uri)
    session = spark.session(settings, "sentistream history", s3=s3)
    scorer = PipelineScorer(model, registry.load(settings, model))

    def texts(given: pa.Array) -> Probabilities:
        numbered = session.createDataFrame(pa.table({"row": np.arange(len(given)), "text": given.cast(pa.string())}))
        found = scorer.probabilities(numbered).select("row", "probability").toArrow().sort_by("row")
        lists = found["probability"].combine_chunks()
        return np.asarray(lists.flatten().to_numpy().reshape(-1, len(model.labels.names)), np.float64)

    return scorer.warm_up(session), texts


def require_labels(model: ModelVersion, champion: ModelVersion | None) -> None:
    """Hold a version's label map against that of what streams.

    Raises:
        UserError: it is another, so that history would be told in other classes than the present.
    """
    if champion is not None and champion.labels != model.labels:
        raise UserError(
            f"{model.uri} has the label map {model.labels}, {champion.uri}, which streams, {champion.labels}."
        )
