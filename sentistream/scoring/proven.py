"""The scorer of a registered version for programs without a JVM, tried before it counts as the stream tries it."""

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring import probe, without_spark
from sentistream.scoring.scorer import Scorer
from sentistream.settings import RegistrySettings


def load(settings: RegistrySettings, model: ModelVersion) -> Scorer:
    """Load a version, and try it on plain sentences unless CHAMPION_PROBE says not to.

    Raises:
        SparkOnlyError: only Spark can score it.
        RefusedError: its files are not what may be loaded.
        UnreachableError: they can't be had now.
        UserError: it scores plain sentences wrongly.
    """
    scorer = without_spark.load(settings, model)
    if settings.champion_probe:
        probe.require_sensible_probabilities(scorer.score(probe.TEXTS), scorer.version)
        probe.require_own_languages(scorer)
    return scorer
