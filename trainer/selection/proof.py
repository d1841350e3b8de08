"""What a version has to prove before an alias may name it: the order of its classes, and the probe in its own languages."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.evaluation.predictions import Predictions
from sentistream.scoring import probe, registry, registry_connection
from sentistream.scoring.artefact import signature
from sentistream.scoring.probe_sentences import PAIRS
from sentistream.scoring.scorer import Scorer
from trainer.evaluation.class_order import require_own_order
from trainer.settings import TrainerSettings

UNDETERMINED = "und"
"""BCP 47, of a version that was proved in no language."""


class Proof(NamedTuple):
    """What became of a version that is not wrong."""

    version: ModelVersion
    """As its tags describe it now."""
    told: str
    """A sentence about it."""


def prove(settings: TrainerSettings, scorer: Scorer, languages: Sequence[str], held_out: Predictions | None) -> Proof:
    """Prove a version, and keep in its tags `languages` and `probe` what it passed; one that is signed is signed anew with them.

    Args:
        settings: name the registry; CHAMPION_PROBE switches all of it off.
        scorer: of the version.
        languages: of its training rows, the most frequent first; where none is known, it is asked in all.
        held_out: what it says of labelled rows that it has not seen, where there are any.

    Raises:
        UserError: it is wrong; says how, and its tag `probe` does.
    """
    version = scorer.version
    if not settings.champion_probe:
        return Proof(version, f"{version.title} was not probed (CHAMPION_PROBE=false)")
    try:
        if held_out is not None:
            require_own_order(held_out, version.uri)
        passed = probe.proved_languages(scorer, languages or probe.EVERY)
    except UserError as wrong:
        _tag(settings, scorer, {registry.PROBE_TAG: f"refused: {wrong}"})
        raise
    said = f"passed in {', '.join(passed)}" if passed else "proved in no language"
    version = replace(version, languages=tuple(passed) or (UNDETERMINED,))
    if version.signature:
        version = signature.signed(settings, version)
        _tag(settings, scorer, {registry.SIGNATURE_TAG: version.signature})
    _tag(settings, scorer, {registry.LANGUAGES_TAG: ",".join(version.languages or ()), registry.PROBE_TAG: said})
    if passed:
        return Proof(version, f"{version.title} passed the probe (plain sentences) in {', '.join(passed)}")
    of_rows = f"in {', '.join(languages)}" if languages else f"of all of {', '.join(PAIRS)}"
    return Proof(
        version,
        f"{version.title} could not be proved by the probe: it knows too few words of its plain sentences {of_rows}. "
        "Whether positive means positive rests on the labels of its data alone.",
    )


def _tag(settings: TrainerSettings, scorer: Scorer, tags: dict[str, str]) -> None:
    client, version = registry_connection.client(settings), scorer.version
    for name, value in tags.items():
        client.set_model_version_tag(version.name, str(version.version), name, value)
