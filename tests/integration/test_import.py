"""`sentistream import`: a saved model in another order of labels scores rightly; what is wrong is one sentence, and nothing is registered."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sentistream.contracts.label_words import parse
from sentistream.errors import UserError
from sentistream.files.content.inputs import expand
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.scorer import load
from tests.support import networks
from tests.support.registries import registry_in
from trainer.data.rows import read_all
from trainer.selection import by_hand, importing
from trainer.settings import TrainerSettings

pytestmark = pytest.mark.torch
networks.need_torch()
GOOD, BAD = "word30 good word31", "bad word40 word41"
Saved = Callable[[dict[int, str]], Path]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TrainerSettings:
    return registry_in(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="module")
def positive_first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained model whose class 0 is positive."""
    return networks.saved_classifier(tmp_path_factory.mktemp("model"), {0: "LABEL_0", 1: "LABEL_1"})


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rows") / "rows.csv"
    drawn = np.random.default_rng(4)
    lines = ["label,text"]
    for number in range(400):
        word = ("bad", "good")[number % 2]
        around = " ".join(f"word{at}" for at in drawn.integers(20, networks.WORDS, 6))
        lines.append(f"{('negative', 'positive')[number % 2]},{around} {word}")
    file.write_text("\n".join(lines))
    return file


def versions(settings: TrainerSettings) -> int:
    return len(registry_connection.client(settings).search_model_versions(f"name='{settings.model_name}'"))


def test_a_model_in_another_order_of_labels_scores_rightly_and_waits_for_a_promotion(
    settings: TrainerSettings, positive_first: Path, rows: Path
) -> None:
    # It knows the words of an invented language, and none of the probe's sentences.
    settings = settings.model_copy(update={"champion_probe": False})
    said = parse("LABEL_0=positive,LABEL_1=negative")
    labelled = read_all(expand([str(rows)], named_apart=False))
    version, _ = importing.register(settings, importing.read(settings, str(positive_first), said), labelled)
    assert registry.resolve(settings) is None
    scorer = load(settings, version)
    (good, bad) = scorer.score([GOOD, BAD])[:, 1]
    assert good > 0.8 > 0.2 > bad
    assert not version.kept_the_holdout
    tags = registry_connection.client(settings).get_model_version(version.name, str(version.version)).tags
    assert tags["encoder"] == str(positive_first)
    list(by_hand.promote(settings, version.version, labelled, force=False))
    champion = registry.resolve(settings)
    assert champion is not None
    assert champion.version == version.version


def test_a_map_that_exchanges_the_classes_is_refused_by_the_rows(
    settings: TrainerSettings, positive_first: Path, rows: Path
) -> None:
    said = parse("LABEL_0=negative,LABEL_1=positive")
    labelled = read_all(expand([str(rows)], named_apart=False))
    with pytest.raises(UserError, match="classes in another order"):
        importing.register(settings, importing.read(settings, str(positive_first), said), labelled)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: None, "LABEL_0 is of no known meaning"),
        (lambda folder: (folder / "config.json").unlink(), "holds no config.json"),
        (
            lambda folder: networks.with_classes(folder, {0: "positive", 1: "negative", 2: "neutral"}),
            "no fitting weights|can't be loaded",
        ),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"none"), "can't be loaded"),
        (lambda folder: networks.without_head(folder), "no fitting weights for classifier"),
        (lambda folder: networks.with_more_words(folder), "tokenizer does not fit"),
    ],
    ids=["names", "no model", "three names for two scores", "broken", "no head", "tokenizer"],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_registered(
    settings: TrainerSettings, positive_first: Path, tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    folder = networks.copied(positive_first, tmp_path / "model")
    spoil(folder)
    before = versions(settings)
    with pytest.raises(UserError, match=why):
        importing.read(settings, str(folder), {})
    assert versions(settings) == before
