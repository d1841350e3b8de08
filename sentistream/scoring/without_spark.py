"""What a door without Spark loads: a version's scorer, or the one sentence why only Spark can score it."""

from collections.abc import Callable

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import full_stop
from sentistream.scoring import scorer as scorers
from sentistream.scoring.apart import ProcessApart
from sentistream.scoring.artefact import Artefact
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sparkml import TransformScorer
from sentistream.settings import RegistrySettings


class SparkOnlyError(UnfitError):
    """Nothing is wrong with a version, but no scorer of ours repeats it."""


def load(
    settings: RegistrySettings,
    model: ModelVersion,
    *,
    fetch: Callable[[RegistrySettings, ModelVersion], Artefact] | None = None,
    within: ProcessApart | None = None,
) -> Scorer:
    """`scorer.load`, where Spark is never started.

    Raises:
        SparkOnlyError: only Spark can score the version; says why.
        RefusedError: its files are not what may be loaded.
        UnreachableError: they can't be had or loaded now.
        UserError: its flavour is not known.
    """
    return require(scorers.load(settings, model, fetch=fetch, within=within))


def require(scorer: Scorer) -> Scorer:
    """A scorer that needs no Spark, as it is.

    Raises:
        SparkOnlyError: it needs Spark; says why.
    """
    if isinstance(scorer, TransformScorer):
        raise SparkOnlyError(scorer.version, full_stop(f"Only Spark can score {scorer.version.uri}: {scorer.reason}"))
    return scorer
