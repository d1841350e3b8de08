from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import networks
from trainer.neural import checkpoint as checkpoint_module
from trainer.neural.checkpoint import Checkpoint
from trainer.neural.fitting import Fitted, Progress, fit, probabilities
from trainer.neural.place import Place
from trainer.neural.recipe import Recipe

pytestmark = pytest.mark.torch
networks.need_torch()
CPU = Place("cpu")
ROWS = networks.texts(320)


class KilledError(Exception):
    """Stands for SIGKILL: nothing of ours runs after it."""


def network(kind: Any = "gru") -> Any:
    import torch

    from trainer.neural.networks import Recurrent

    torch.manual_seed(5)
    return Recurrent(kind, networks.WORDS, 2, pad=0)


def trained(made: Any, file: Path, recipe: Recipe, until: int = 1 << 30) -> Fitted:
    """Ended without a word when it has told so many times."""
    told = []

    def tell(progress: Progress) -> None:
        told.append(progress)
        if len(told) > until:
            raise KilledError

    return fit(made, ROWS, 2, recipe, CPU, Checkpoint(file), tell)


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_a_network_learns_what_decides(kind: str, tmp_path: Path) -> None:
    made = network(kind)
    fitted = trained(made, tmp_path / "checkpoint", Recipe(epochs=12, learning_rate=1e-2))
    assert fitted.epochs == 12
    other = networks.texts(200, seed=2)
    assert (probabilities(made, other, CPU).argmax(axis=1) == other.classes).mean() > 0.95


def test_a_training_that_was_killed_ends_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(checkpoint_module, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(checkpoint_module, "LARGEST_SHARE", 1e9)
    recipe = Recipe(epochs=6, batch=16, learning_rate=1e-3, minutes=1e6)
    whole, broken_off, gone_on = network(), network(), network()
    trained(whole, tmp_path / "whole", recipe)
    with pytest.raises(KilledError):
        trained(broken_off, tmp_path / "killed", recipe, until=3)
    assert not torch.equal(broken_off.head.weight, whole.head.weight)
    trained(gone_on, tmp_path / "killed", recipe)
    for name, weights in whole.state_dict().items():
        assert torch.equal(weights, gone_on.state_dict()[name]), name


def test_a_training_ends_with_its_time(tmp_path: Path) -> None:
    fitted = trained(network(), tmp_path / "checkpoint", Recipe(epochs=1_000_000, minutes=0.01))
    assert 0 < fitted.epochs < 1_000_000
    # Of a GPU or a processor: where it ends, and not how far it came.
    assert fitted.seconds == pytest.approx(0.6, abs=30)


def test_a_rare_class_is_heard_where_classes_weigh_the_same(tmp_path: Path) -> None:
    rows = networks.texts(400)
    rare = np.flatnonzero((rows.classes == 0) | (np.arange(400) % 10 == 0))
    few = type(rows)([rows.ids[at][:1] for at in rare], rows.classes[rare])
    said = {}
    for balanced in (True, False):
        made = network()
        recipe = Recipe(epochs=20, learning_rate=1e-2, balanced=balanced, smoothing=0.0)
        fit(made, few, 2, recipe, CPU, Checkpoint(tmp_path / str(balanced)), lambda progress: None)
        said[balanced] = float(probabilities(made, few, CPU)[0, 1])
    # All texts are the same, so that nothing but the share of a class can be learnt.
    assert said[True] == pytest.approx(0.5, abs=0.1)
    assert said[False] == pytest.approx(float((few.classes == 1).mean()), abs=0.1)
