"""What a version has to prove before an alias may name it."""

import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring.probe_sentences import PAIRS, texts
from tests.support.scorers import FunctionScorer
from trainer.selection import proof
from trainer.settings import TrainerSettings


def spanish(turned: bool) -> FunctionScorer:
    """It knows no other language's words."""
    positive = texts("es")[: len(PAIRS["es"])]

    def of_text(text: str) -> tuple[float, float]:
        if text not in texts("es"):
            return 0.5, 0.5
        return (0.1, 0.9) if (text in positive) is not turned else (0.9, 0.1)

    return FunctionScorer(ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "run"), of_text)


def test_a_version_of_no_known_language_is_asked_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "_tag", lambda *_: None)
    settings = TrainerSettings(champion_probe=True)
    assert proof.prove(settings, spanish(turned=False), [], None).told.endswith(
        "passed the probe (plain sentences) in es"
    )
    with pytest.raises(UserError, match="language es"):
        proof.prove(settings, spanish(turned=True), [], None)
