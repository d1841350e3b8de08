"""Texts → class probabilities, by any registered version: what a scorer is, and which module loads it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.model_version import ONNX, SPARKML, ModelVersion
from sentistream.errors import UserError
from sentistream.scoring.sentiment import Probabilities
from sentistream.scoring.throughput import Throughput

if TYPE_CHECKING:
    from sentistream.scoring.apart import ProcessApart
    from sentistream.scoring.artefact import Artefact
    from sentistream.scoring.mllib.weights.weighing import Weighed
    from sentistream.settings import RegistrySettings

FLAVOURS = {SPARKML: "sentistream.scoring.sparkml", ONNX: "sentistream.scoring.onnx.flavour"}
"""Flavour → its module: `warm_up()` and `prepare(folder, …)` run in the process apart, `scorer(version, folder, prepared)` makes the scorer of what
was prepared. One more flavour is one more line."""
LIBRARIES = {ONNX: ("onnxruntime", "tokenizers")}
"""What a flavour needs beyond what every scorer does."""
Texts: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str]


class Scorer(Protocol):
    """A registered version that scores texts. Safe in any thread; can be sent to another process before it is used."""

    @property
    def version(self) -> ModelVersion:
        """The registered version."""

    @property
    def flavour(self) -> str:
        """How the version is stored."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The sentiments of its columns, by the version's label map."""

    @property
    def tweets_per_second(self) -> float | None:
        """Its own speed in this process over about the last second of scoring; None until it is known."""

    def score(self, texts: Texts) -> Probabilities:
        """Texts, a null as an empty one → float64[texts, classes].

        Raises:
            UserError: it gives another number of classes than the label map has.
        """

    def weighed(self, text: str) -> "Weighed | None":
        """What each n-gram of a text adds to the version's margins; None where its probabilities follow from no such sum."""


class MeasuredScorer(ABC):
    """What every scorer shares: one form of texts, the number of classes, and the measured speed."""

    def __init__(self, version: ModelVersion) -> None:
        self.version = version
        self._throughput = Throughput()

    @property
    def flavour(self) -> str:
        """How the version is stored."""
        return self.version.flavour

    @property
    def classes(self) -> tuple[str, ...]:
        """The sentiments of its columns, by the version's label map."""
        return self.version.labels.names

    @property
    def tweets_per_second(self) -> float | None:
        """Its own speed in this process over about the last second of scoring; None until it is known."""
        return self._throughput.per_second

    def score(self, texts: Texts) -> Probabilities:
        """Texts, a null as an empty one → float64[texts, classes].

        Raises:
            UserError: it gives another number of classes than the label map has.
        """
        strings = _strings(texts)
        started = time.perf_counter()
        probabilities = self._probabilities(strings)
        self._measure(len(strings), time.perf_counter() - started)
        if probabilities.shape[1] != len(self.classes):
            raise UserError(
                f"{self.version.uri} gives {probabilities.shape[1]} probabilities, its label map is {self.version.labels}."
            )
        return probabilities

    def weighed(self, text: str) -> "Weighed | None":
        """What each n-gram of a text adds to the version's margins; None where its probabilities follow from no such sum."""
        return None

    def _measure(self, texts: int, seconds: float) -> None:
        """Count what was scored, where all of it was computed."""
        self._throughput.add(texts, seconds)

    @abstractmethod
    def _probabilities(self, texts: pa.LargeStringArray) -> Probabilities:
        """Texts without nulls → float64[texts, classes]."""


def load(
    settings: "RegistrySettings",
    model: ModelVersion,
    *,
    fetch: "Callable[[RegistrySettings, ModelVersion], Artefact] | None" = None,
    within: "ProcessApart | None" = None,
) -> Scorer:
    """Fetch a version and make its scorer; Spark is not needed for it. The scorer's version has the digest of the files that were loaded.

    What is foreign is read in a process apart (`sentistream.scoring.apart`).

    Args:
        settings: name the registry and the cache, and whether unchecked models are allowed.
        model: the version.
        fetch: brings its files, in another way than `artefact.fetch`.
        within: such a process, which has warmed up meanwhile.

    Raises:
        RefusedError: its files are not what may be loaded.
        UnreachableError: they can't be had or loaded now.
        UserError: its flavour is not known.
    """
    # MLflow takes seconds to import, and a worker that is sent a scorer does without; so does the process apart.
    import structlog

    from sentistream.scoring import artefact
    from sentistream.scoring.apart import ProcessApart
    from sentistream.scoring.errors import RefusedError

    module = FLAVOURS.get(model.flavour)
    if module is None:
        raise UserError(
            f"{model.uri} has the flavour {model.flavour}, this program scores {', '.join(FLAVOURS)}: it was registered by a newer one."
        )
    lacking = [name for name in LIBRARIES.get(model.flavour, ()) if find_spec(name) is None]
    if lacking:
        raise UserError(
            f"{model.uri} needs {' and '.join(lacking)}, which is not installed here: install sentistream with the extra scorer."
        )
    copy = (fetch or artefact.fetch)(settings, model)
    with within if within is not None and within.module == module else ProcessApart(module) as process:
        try:
            said = process.prepared(model, copy.folder, unchecked=settings.allow_unchecked_models)
        except RefusedError:
            artefact.forget(settings, model)
            raise
    log = structlog.get_logger()
    if not model.digest:
        log.warning(
            "the version has no digest: that its files are those that were registered is unknown",
            model=model.uri,
            remedy=f"sentistream models --adopt {model.version}",
        )
    if said.unchecked:
        log.warning("an unchecked model is run (ALLOW_UNCHECKED_MODELS)", model=model.uri, reason=said.unchecked)
    scorer: Scorer = import_module(module).scorer(replace(model, digest=copy.digest), copy.folder, said.prepared)
    return scorer


def _strings(texts: Texts) -> pa.LargeStringArray:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    strings = texts.cast(pa.large_string()) if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    return pc.fill_null(strings, "") if strings.null_count else strings
