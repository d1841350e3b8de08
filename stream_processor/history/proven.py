"""The scorer of a registered version, for texts that are already in the lake."""

import structlog

from sentistream import object_storage, spark
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probe
from sentistream.scoring.scorer import Scorer, load
from sentistream.scoring.sparkml import TransformScorer
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.spark_failure import of_a_trial

log = structlog.get_logger()


def proven_scorer(settings: ProcessorSettings, model: ModelVersion) -> Scorer:
    """The stream's own scorer of a version, tried on the probe set.

    Raises:
        UserError: the version can't be loaded, or does not score as its tags say.
    """
    scorer = load(settings, model)
    if isinstance(scorer, TransformScorer):
        log.warning("scores by Spark's own transform, ten times slower", model=model.uri, reason=scorer.reason)
        s3 = object_storage.settings_for(settings.lake_uri, settings.checkpoint_uri)
        spark.session(settings, "sentistream history", s3=s3)
    with of_a_trial(model):
        probabilities = scorer.score(probe.TEXTS)
        if settings.champion_probe:
            probe.require_sensible_probabilities(probabilities, model)
            probe.require_own_languages(scorer)
    return scorer


def require_labels(model: ModelVersion, champion: ModelVersion | None) -> None:
    """Hold a version's label map against that of what streams.

    Raises:
        UserError: it is another, so that history would be told in other classes than the present.
    """
    if champion is not None and champion.labels != model.labels:
        raise UserError(
            f"{model.uri} has the label map {model.labels}, {champion.uri}, which streams, {champion.labels}."
        )
