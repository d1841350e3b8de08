"""A win counts against the version that is champion now, and no other."""

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pytest

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import NAME
from sentistream.errors import UserError
from sentistream.evaluation import contest
from sentistream.evaluation.contest import Contest
from sentistream.mcnemar import McNemar
from sentistream.scoring import registry
from sentistream.scoring.succession import aliases
from tests.support.invented_run import invented_run
from trainer.selection import by_hand, proof, succession
from trainer.settings import TrainerSettings

LABELS = LabelMap(POLAR)
WON = Contest(3, 0.7, 0.8, 100, McNemar(20, 10, 0.1), LABELS, LABELS)
ROWS = pa.table({"row": [0], "text": ["good"], "label": [1.0], "part": ["promotion"], "file": [0]})


def version(number: int) -> ModelVersion:
    return ModelVersion("m", number, LABELS, NeutralBand(), f"run {number}", split=NAME)


@pytest.fixture
def promoted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    moved: list[int] = []
    monkeypatch.setattr(aliases, "promote", lambda _, number: moved.append(number))
    monkeypatch.setattr(contest, "contest", lambda *_: WON)
    monkeypatch.setattr(registry, "resolve_uri", lambda *_: version(5))
    monkeypatch.setattr(by_hand, "scorer_of", lambda *_, **__: None)
    monkeypatch.setattr(by_hand, "predicted", lambda *_: None)
    monkeypatch.setattr(by_hand, "predict_registered", lambda *_: None)
    monkeypatch.setattr(proof, "prove", lambda *_: proof.Proof(version(5), "proved"))
    return moved


def champions(*numbers: int) -> Callable[[object], ModelVersion]:
    """Who is champion, look by look."""
    looks = iter(numbers)
    return lambda _: version(next(looks))


def test_a_run_that_beat_an_older_champion_leaves_the_present_one(
    promoted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replace(invented_run(), contest=WON)
    monkeypatch.setattr(registry, "resolve", champions(4, 3, 4))
    *_, said = succession.decided(TrainerSettings(), run, 5, force=False)
    assert "another became champion meanwhile, so version 4 stays champion" in said
    assert promoted == []
    succession.decided(TrainerSettings(), run, 5, force=False)
    succession.decided(TrainerSettings(), run, 6, force=True)
    assert promoted == [5, 6]


def test_a_promotion_by_hand_does_not_dethrone_a_version_that_it_was_not_set_against(
    promoted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "resolve", champions(3, 4))
    with pytest.raises(UserError, match="Version 4 became champion meanwhile"):
        list(by_hand.promote(TrainerSettings(), 5, ROWS, force=False))
    assert promoted == []
    monkeypatch.setattr(registry, "resolve", champions(3, 3, 3, 4))
    for force in (False, True):
        list(by_hand.promote(TrainerSettings(), 5, ROWS, force))
    assert promoted == [5, 5]
