"""Flavour `onnx`: looked at and tried in the process apart, and run by onnxruntime where it scores."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, full_stop, said
from sentistream.scoring import golden
from sentistream.scoring.apart.answer import Answer, Prepared
from sentistream.scoring.errors import RefusedError
from sentistream.scoring.onnx import description, listed, vocabulary
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.model import FILES, GRAPH, ChangedError, OnnxModel
from sentistream.scoring.onnx.remembered import Remembered
from sentistream.scoring.onnx.session import NotOursError
from sentistream.scoring.probe_sentences import ENGLISH, texts
from sentistream.scoring.scorer import MeasuredScorer
from sentistream.scoring.sentiment import Probabilities

DESCRIBED, DIGESTS = "text", "digests"
"""Of what was prepared."""
ALIKE = {"int8": 0.0, "fp32": 1e-5}
"""How far a text's probability alone may be from that in a batch (docs/design.md, invariant 1)."""
LARGEST_DESCRIPTION = 1 << 16
TIMES_ITS_FILE = 4
"""Memory that a graph takes while it is loaded: its bytes, its weights, and these laid out for the kernels."""


class OnnxScorer(MeasuredScorer):
    """Scores by onnxruntime, and remembers what it has scored."""

    def __init__(self, version: ModelVersion, model: OnnxModel) -> None:
        super().__init__(version)
        self._model = model
        self._remembered = Remembered()

    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        given = self._model.normalised(texts.to_pylist())
        return self._remembered.score(given, len(self._model.described.classes), self._computed)

    def _computed(self, texts: Sequence[str]) -> Probabilities:
        started = time.perf_counter()
        try:
            found = self._model.score(texts)
        except ChangedError as changed:
            raise RefusedError(full_stop(f"{self.version.uri} is not run: its {changed}")) from changed
        # What is remembered says nothing of the model's speed.
        self._throughput.add(len(texts), time.perf_counter() - started)
        return found

    def _measure(self, texts: int, seconds: float) -> None:
        """Done where it is computed."""


def warm_up() -> None:
    """What is our own and takes long is done before the process apart is bounded."""
    import onnxruntime  # noqa: F401
    import tokenizers  # noqa: F401


def memory_bytes(folder: Path) -> int:
    """What the process apart may need for a version beyond what any does."""
    graph = folder / GRAPH
    return TIMES_ITS_FILE * min(graph.stat().st_size, listed.LARGEST_BYTES) if graph.is_file() else 0


def prepare(folder: Path, classes: int, *, unchecked: bool = False) -> Answer:
    """Read a version's files as data, hold them against the lists, load them and try them; in the process apart.

    Args:
        folder: `model.onnx`, `tokenizer.json` and `text.json`, and nothing else.
        classes: how many the version's label map has.
        unchecked: lets nothing more through here: what is not on the list is no pipeline that another tool made.
    """
    strange = sorted({file.name for file in folder.iterdir()} ^ set(FILES))
    if strange:
        return Answer(
            refused=f"its files are {', '.join(FILES)} and no other; {strange[0][:80]} is one too many or missing"
        )
    graph, tokenizer = ((folder / name).read_bytes() for name in (GRAPH, vocabulary.NAME))
    if wrong := listed.fault(memoryview(graph)):
        return Answer(refused=f"its {GRAPH} {wrong}")
    if wrong := vocabulary.fault(tokenizer):
        return Answer(refused=f"its {vocabulary.NAME} {wrong}")
    try:
        described = _described(folder, classes)
    except UserError as odd:
        return Answer(refused=f"its {description.NAME} can't be used: {said(odd)}")
    model = OnnxModel(folder, described, threads=1)
    if wrong := _tried(model, classes) or golden.fault(
        folder.parent, lambda given: model.score(model.normalised(given))
    ):
        return Answer(refused=wrong)
    digests = {
        name: hashlib.sha256(content).hexdigest() for name, content in ((GRAPH, graph), (vocabulary.NAME, tokenizer))
    }
    return Answer(Prepared({DESCRIBED: described.as_dict(), DIGESTS: digests}, {}))


def scorer(version: ModelVersion, folder: Path, prepared: Prepared) -> OnnxScorer:
    """The scorer of a version that was prepared.

    Raises:
        RefusedError: what was prepared is not sound.
    """
    try:
        described = Description.of(prepared.values[DESCRIBED])
        digests = {name: str(prepared.values[DIGESTS][name]) for name in (GRAPH, vocabulary.NAME)}
    except (KeyError, TypeError, UserError) as odd:
        raise RefusedError(full_stop(f"{version.uri} is not run: of what was looked at, {odd} is not sound")) from odd
    return OnnxScorer(version, OnnxModel(folder, described, digests))


def _described(folder: Path, classes: int) -> Description:
    file = folder / description.NAME
    if file.stat().st_size > LARGEST_DESCRIPTION:
        raise UserError(f"It has more than {LARGEST_DESCRIPTION >> 10} KiB.")
    described = description.parse(file.read_bytes())
    if len(described.classes) != classes:
        raise UserError(f"It names {len(described.classes)} classes, the version's label map has {classes}.")
    return described


def _tried(model: OnnxModel, classes: int) -> str:
    """What is wrong with the probabilities of plain sentences, if something is."""
    try:
        found = model.score(model.normalised(texts(ENGLISH)))
    except NotOursError as other:
        return f"its {GRAPH} {other}"
    except ValueError as odd:
        # NumPy's, of columns that don't fit.
        if "broadcast" in str(odd):
            return f"its {GRAPH} doesn't give {classes} probabilities a text, as its label map has classes"
        return f"its tokenizer doesn't fit: {str(odd)[:120]}"
    except Exception as failure:  # onnxruntime's are many
        return f"its {GRAPH} doesn't run with its tokenizer: {_first_line(failure)}"
    alone = np.concatenate([model.score([text]) for text in model.normalised(texts(ENGLISH))])
    apart = float(np.nan_to_num(np.abs(alone - found)).max())
    if apart > ALIKE[model.described.precision]:
        return f"a text's score depends on the others of its batch (by {apart:.1g})"
    if not ((found >= 0) & (found <= 1)).all() or not np.allclose(found.sum(axis=1), 1, atol=1e-5):
        return "it gives no probabilities for plain sentences"
    return ""


def _first_line(failure: Exception) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0][:160]
