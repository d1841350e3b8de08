"""Whether a run's winner, registered, becomes champion: it is proved first, and has to be better."""

import numpy as np

from sentistream.contracts.model_version import ONNX, SPARKML, ModelVersion
from sentistream.contracts.split import Part
from sentistream.errors import UserError
from sentistream.evaluation.contest import Contest
from sentistream.scoring import registry
from sentistream.scoring.succession import aliases
from sentistream.scoring.without_spark import SparkOnlyError
from trainer.data.languages import languages_of
from trainer.evaluation.registered import predicted, scorer_of
from trainer.run import TrainingRun
from trainer.selection import proof
from trainer.settings import TrainerSettings

SAME = {SPARKML: 1e-12, ONNX: 1e-5}
"""How far two scorings of one text may be apart: float32 is rounded by the order of its sums."""


def proved(settings: TrainerSettings, run: TrainingRun, version: int) -> str:
    """Read the version back from the registry before anything names it, and prove it: an artefact may have been stored in part.

    Raises:
        UserError: it scores otherwise than what was measured, or wrongly.
    """
    registered = registry.resolve_uri(settings, f"models:/{settings.model_name}/{version}")
    try:
        scorer = scorer_of(settings, registered, by_spark=False)
    except SparkOnlyError as only:
        raise UserError(
            f"{registered.title} is registered and not promoted. {only} `sentistream promote {version} --spark-only` promotes it nevertheless."
        ) from only
    stored = predicted(scorer, run.data.table(Part.TEST))
    if not np.allclose(stored.probabilities, run.test.probabilities, rtol=1e-9, atol=SAME[registered.flavour]):
        raise UserError(
            f"{registered.uri}, read back from the registry, scores otherwise than measured: it is not promoted."
        )
    languages = languages_of(run.data.table(Part.TRAIN)["text"])
    try:
        return proof.prove(settings, scorer, languages, stored).told
    except UserError as wrong:
        raise UserError(
            f"{registered.title} is registered and may not become {settings.model_alias}: {wrong} "
            "Look at what the files' labels mean: sentistream inspect FILE --for train."
        ) from wrong


def decided(settings: TrainerSettings, run: TrainingRun, version: int, force: bool) -> list[str]:
    """Move the alias, or leave it where it is; what to tell."""
    champion = registry.resolve(settings)
    if champion is not None and not force and (why := _why_not(run.contest, champion)) is not None:
        return [f"version {version} is registered; {why}, so version {champion.version} stays {settings.model_alias}."]
    aliases.promote(settings, version)
    told = f"registered {settings.model_name} version {version} as {settings.model_alias}"
    return [told] if champion is None or champion.labels == run.data.labels else [told, aliases.OTHER_CLASSES]


def _why_not(contest: Contest | None, champion: ModelVersion) -> str | None:
    """None where it won against the version that is champion now."""
    if contest is None or contest.champion != champion.version:
        return "another became champion meanwhile"
    if not contest.has_same_classes:
        return f"it knows other classes ({contest.winner_labels} instead of {contest.champion_labels}), and only FORCE=1 (--force) promotes such a one"
    return None if contest.is_better else "it is not better by macro-F1"
