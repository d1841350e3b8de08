"""A promotion by hand: any registered version, whoever made it; and the way back."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, Part
from sentistream.errors import UserError
from sentistream.evaluation import contest
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.probe_sentences import ENGLISH, PAIRS
from sentistream.scoring.sparkml import TransformScorer
from sentistream.scoring.succession import aliases
from sentistream.scoring.without_spark import SparkOnlyError
from trainer.data.languages import languages_of
from trainer.evaluation.registered import predict_registered, predicted, scorer_of
from trainer.selection import proof
from trainer.settings import TrainerSettings

NOT_WITHOUT_SPARK = "What has no Spark (HTTP, `load_champion`, `sentistream score`, `python_function`) can't use it."
ASKED_IN_ENGLISH = "It was asked in English, since it has no tag languages; the rows of --data would tell its language."


def promote(
    settings: TrainerSettings, version: int, rows: pa.Table | None, force: bool, spark_only: bool = False
) -> Iterator[str]:
    """Prove a version, set it against the champion, and make it champion; what to tell.

    Args:
        settings: name the registry, the model and its alias.
        version: the challenger.
        rows: labelled rows, as `trainer.data.rows` reads them; their promotion rows decide.
        force: without a contest, or against its result; not without the proof.
        spark_only: also where only Spark can score it.

    Raises:
        UserError: it is wrong, or not better, or only Spark can score it, or there is nothing to decide by.
    """
    challenger = registry.resolve_uri(settings, f"models:/{settings.model_name}/{version}")
    before = registry.resolve(settings)
    champion = None if before is None or before.identity == challenger.identity or force else before
    if champion is not None and rows is None:
        raise UserError("Give --data with labelled rows that decide, or --force to promote without a contest.", 2)
    try:
        scorer = scorer_of(settings, challenger, by_spark=spark_only)
    except SparkOnlyError as only:
        raise UserError(f"{only} {NOT_WITHOUT_SPARK} --spark-only promotes it nevertheless.") from only
    held_out = None if rows is None else predicted(scorer, _of(rows, *HOLDOUT))
    try:
        yield proof.prove(settings, scorer, _languages(challenger, rows), held_out).told
    except UserError as wrong:
        if challenger.languages is not None or rows is not None:
            raise
        raise UserError(f"{wrong} {ASKED_IN_ENGLISH}") from wrong
    if champion is not None and rows is not None:
        deciding = _of(rows, Part.PROMOTION)
        if not deciding.num_rows:
            raise UserError("The files hold no labelled rows of the part promotion.", 2)
        held = predict_registered(settings, champion, deciding)
        found = contest.contest(predicted(scorer, deciding), challenger.band, held, champion)
        yield str(found)
        if (why := contest.why_not(challenger, champion, found)) is not None:
            raise UserError(
                f"Version {challenger.version} {why}: it is not promoted. --force promotes it nevertheless."
            )
    serving = registry.resolve(settings)
    if serving is not None and not force and serving.identity not in (challenger.identity, before and before.identity):
        raise UserError(
            f"Version {serving.version} became champion meanwhile: version {version} is not promoted. Ask again."
        )
    aliases.promote(settings, version)
    yield f"{settings.model_name} version {version} is {settings.model_alias}"
    if isinstance(scorer, TransformScorer):
        client = registry_connection.client(settings)
        client.set_model_version_tag(settings.model_name, str(version), registry.SPARK_ONLY_TAG, scorer.reason)
        yield f"{NOT_WITHOUT_SPARK} Its tag {registry.SPARK_ONLY_TAG} says why."
    if serving is not None and serving.labels != challenger.labels:
        yield aliases.OTHER_CLASSES


def rollback(settings: TrainerSettings) -> Iterator[str]:
    """Go back to the champion before; what to tell.

    Raises:
        UserError: there is no champion, or none before it.
    """
    now, before = aliases.rollback(settings)
    yield f"{settings.model_name} version {now} is {settings.model_alias} again, in place of {before}"
    if aliases.have_other_classes(settings, now, before):
        yield aliases.OTHER_CLASSES


def _languages(version: ModelVersion, rows: pa.Table | None) -> list[str]:
    """Those that its tags name, else those of the labelled rows, else English."""
    if version.languages is not None:
        return [each for each in version.languages if each in PAIRS]
    return [ENGLISH] if rows is None else languages_of(rows["text"])


def _of(rows: pa.Table, *parts: Part) -> pa.Table:
    return rows.filter(pc.is_in(rows["part"], pa.array(list(map(str, parts)))))
