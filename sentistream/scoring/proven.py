"""What a scorer passes before it serves; and the scorer of a version for programs without a JVM, tried as the stream tries it."""

import time
from itertools import count, pairwise

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import probe, without_spark
from sentistream.scoring.scorer import Scorer
from sentistream.settings import RegistrySettings

MEASURED_SECONDS = 0.1
"""How long a scorer's speed is measured."""


def load(settings: RegistrySettings, model: ModelVersion) -> Scorer:
    """Load a version, and try it on plain sentences unless CHAMPION_PROBE says not to.

    Raises:
        SparkOnlyError: only Spark can score it.
        RefusedError: its files are not what may be loaded.
        UnreachableError: they can't be had now.
        UserError: it scores plain sentences wrongly.
    """
    return tried(settings, without_spark.load(settings, model))


def tried(settings: RegistrySettings, scorer: Scorer) -> Scorer:
    """A scorer that says of plain sentences what anyone would, unless CHAMPION_PROBE says not to ask.

    Raises:
        UserError: it scores them wrongly.
    """
    if settings.champion_probe:
        probe.require_sensible_probabilities(scorer.score(probe.TEXTS), scorer.version)
        probe.require_own_languages(scorer)
    return scorer


def warm_up(scorer: Scorer) -> None:
    """Score texts as long as tweets until the speed is known; the first call may load what the others use."""
    ended = time.perf_counter() + MEASURED_SECONDS
    for number in count():
        # Others each time: a scorer may remember what it has scored.
        scorer.score([f"{first} {second} {number}" for first, second in pairwise(probe.TEXTS)])
        if number and time.perf_counter() >= ended:
            break


def named(settings: RegistrySettings, version: str | None = None) -> Scorer:
    """`load` the version that a number, an alias or MLflow's address names; without any the champion.

    Raises:
        UserError: there is no registry, or it has no such version.
        UnreachableError: the registry does not answer.
    """
    # MLflow takes seconds to import, and more memory than all that the web service has.
    from sentistream.scoring import named_version, registry_connection

    if not registry_connection.is_there(settings):
        raise UserError(
            f"There is no model registry at {registry_connection.shown(settings)}: MLFLOW_TRACKING_URI is another, or nobody has trained yet (`sentistream train`)."
        )
    return load(settings, named_version.resolve(settings, version))
