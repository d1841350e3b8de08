"""What is wrong with a version's files is one sentence, and nothing of it runs in the process that serves."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ONNX, ModelVersion
from sentistream.scoring import golden, scorer
from sentistream.scoring.apart import ProcessApart
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.onnx import flavour
from sentistream.scoring.scorer import FLAVOURS
from sentistream.settings import RegistrySettings
from tests.support import graphs

VERSION = ModelVersion("m", 3, LabelMap(POLAR), NeutralBand(), "run", flavour=ONNX)


def refused(folder: Path, classes: int = 2) -> str:
    return flavour.prepare(folder / ONNX, classes).refused


def edit_text(**changes: object) -> Callable[[Path], None]:
    def edited(folder: Path) -> None:
        file = folder / ONNX / "text.json"
        file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes()) | changes))

    return edited


def replace(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / ONNX / name).write_bytes(content) and None  # type: ignore[func-returns-value]


def other_vocabulary(folder: Path) -> None:
    file = folder / ONNX / "tokenizer.json"
    stored = json.loads(file.read_text())
    stored["model"]["vocab"]["wonderful"] = 100_000
    file.write_text(json.dumps(stored))


def swapped_words(folder: Path) -> None:
    """A sound tokenizer of the same size, of another model: each word has the number of the one after it."""
    file = folder / ONNX / "tokenizer.json"
    stored = json.loads(file.read_text())
    words = stored["model"]["vocab"]
    own = [word for word in words if len(word) > 3 and word[0].isalpha()]
    for word, number in zip(own, [words[each] for each in (*own[1:], own[0])], strict=True):
        words[word] = number
    file.write_text(json.dumps(stored))


def own_pattern(folder: Path) -> None:
    file = folder / ONNX / "tokenizer.json"
    stored = json.loads(file.read_text())
    stored["normalizer"] = {"type": "Replace", "pattern": {"Regex": "(a+)+$"}, "content": ""}
    file.write_text(json.dumps(stored))


def off(folder: Path) -> None:
    file = folder / golden.NAME
    stored = orjson.loads(file.read_bytes())
    stored["probabilities"][7] = [0.25, 0.75]
    file.write_bytes(orjson.dumps(stored))


WRONG = {
    "labels without names": (
        edit_text(classes=["LABEL_0", "LABEL_1"]),
        r"The classes LABEL_0, LABEL_1 are not sentiments .*LABEL_0=negative",
    ),
    "labels of another number": (edit_text(classes=[*WITH_NEUTRAL]), "names 3 classes, the version's label map has 2"),
    "a later format": (edit_text(text=2), "of the format 2, this program reads 1: it was registered by a newer one"),
    "an unknown rule": (edit_text(rules=[{"rule": "exec"}]), "There is no rule 'exec'"),
    "no JSON": (replace("text.json", b"{"), "its text.json can't be used: It is no JSON"),
    "another file": (replace("code.py", b"print()"), "and no other; code.py is one too many"),
    "a graph that is none": (replace("model.onnx", b"not at all"), "its model.onnx is no ONNX file"),
    "a tokenizer that is none": (replace("tokenizer.json", b"[]"), "its tokenizer.json is no tokenizer"),
    "a tokenizer that doesn't fit": (other_vocabulary, "its model.onnx doesn't run with its tokenizer"),
    "another model's tokenizer": (swapped_words, r"otherwise than where it was trained: .* golden scores are off"),
    "a pattern of its own": (own_pattern, r"has a regular expression of its own, \(a\+\)\+\$"),
    "another score": (off, "otherwise than where it was trained: 1 of 64 golden scores are off by more than 0.001"),
}


@pytest.mark.parametrize(("spoil", "said"), WRONG.values(), ids=WRONG)
def test_each_fault_is_one_sentence(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    graphs.write(tmp_path)
    assert refused(tmp_path) == ""
    spoil(tmp_path)
    found = refused(tmp_path)
    assert "\n" not in found
    with pytest.raises(RefusedError, match=said):
        raise RefusedError(found)


def test_three_columns_for_two_labels_are_refused(tmp_path: Path) -> None:
    graphs.write(tmp_path)
    three = graphs.three_columns()
    (tmp_path / ONNX / "model.onnx").write_bytes(three.SerializeToString())
    assert refused(tmp_path) == "its model.onnx doesn't give 2 probabilities a text, as its label map has classes"


def test_a_version_that_was_looked_at_apart_scores_as_it_was_written(tmp_path: Path) -> None:
    written = graphs.write(tmp_path)
    with ProcessApart(FLAVOURS[ONNX]) as process:
        said = process.prepared(VERSION, tmp_path / ONNX)
    assert said.prepared is not None
    loaded = flavour.scorer(VERSION, tmp_path / ONNX, said.prepared)
    texts = golden.TEXTS
    assert (loaded.score(texts) == written.score(written.normalised(texts))).all()


def test_a_file_that_changes_after_it_was_looked_at_is_not_run(tmp_path: Path) -> None:
    graphs.write(tmp_path)
    said = flavour.prepare(tmp_path / ONNX, 2).prepared
    assert said is not None
    (tmp_path / ONNX / "model.onnx").write_bytes(graphs.graph(sign=-1).SerializeToString())
    with pytest.raises(RefusedError, match=r"models:/m/3 is not run: its model\.onnx was changed"):
        flavour.scorer(VERSION, tmp_path / ONNX, said).score(["a"])


def test_a_version_without_golden_scores_goes_on(tmp_path: Path) -> None:
    graphs.write(tmp_path)
    (tmp_path / golden.NAME).unlink()
    assert refused(tmp_path) == ""


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scorer.LIBRARIES, ONNX, ("no_such_runtime",))
    with pytest.raises(Exception, match=r"models:/m/3 needs no_such_runtime, .* the extra scorer"):
        scorer.load(RegistrySettings.from_options(), VERSION)


def test_sixty_four_invented_texts_of_every_kind() -> None:
    assert len(set(golden.TEXTS)) == 64
    assert np.any([len(text) > 20_000 for text in golden.TEXTS])
