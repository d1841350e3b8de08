"""A version's three files as one function from texts to probabilities. It travels as bytes, and begins its session where it first scores."""

import hashlib
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sentistream.scoring.onnx import description, padded, session, vocabulary
from sentistream.scoring.onnx.description import Description
from sentistream.scoring.onnx.normalisation import normalised
from sentistream.scoring.onnx.padded import Batch
from sentistream.scoring.sentiment import Probabilities

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

GRAPH = "model.onnx"
FILES = (GRAPH, vocabulary.NAME, description.NAME)


class _Begun(NamedTuple):
    """What a process scores with."""

    session: "InferenceSession"
    tokenizer: "Tokenizer"
    pool: ThreadPoolExecutor | None
    """None of one core."""


class ChangedError(Exception):
    """A file is not the one that was looked at."""


class OnnxModel:
    """Scores in any thread; in one process one session.

    Args:
        folder: holds `model.onnx` and `tokenizer.json`.
        described: what its `text.json` says.
        digests: SHA-256 (hex) of these two files, where they were looked at before.
        threads: batches that run beside each other; without it the task's cores.
    """

    def __init__(
        self, folder: Path, described: Description, digests: dict[str, str] | None = None, threads: int | None = None
    ) -> None:
        self.described = described
        self._folder = folder
        self._digests = digests or {}
        self._threads = threads
        self._bytes: dict[str, bytes] = {}
        """Of a copy that was sent here, until they are used."""
        self._begun: _Begun | None = None
        self._lock = threading.Lock()

    def normalised(self, texts: Sequence[str]) -> list[str]:
        """What the tokenizer is given of each text."""
        return [normalised(text, self.described.rules) for text in texts]

    def score(self, texts: Sequence[str]) -> Probabilities:
        """Normalised texts → float64[texts, classes] in the label map's order.

        Raises:
            ChangedError: the version's files are gone or changed, where it was not begun before.
        """
        begun = self._running()
        found: npt.NDArray[np.float64] = np.empty((len(texts), len(self.described.classes)))
        tokens = [each.ids or [self.described.pad_id] for each in begun.tokenizer.encode_batch_fast(list(texts))]

        def run(batch: Batch) -> None:
            given = {session.TOKENS: batch.tokens, session.MASK: batch.mask}
            [found[batch.rows]] = begun.session.run([session.PROBABILITIES], given)

        batches = list(padded.batches(tokens, self.described.pad_id))
        # onnxruntime works without the interpreter's lock.
        for _ in begun.pool.map(run, batches) if begun.pool is not None and len(batches) > 1 else map(run, batches):
            pass
        return found[:, self.described.order]

    def _running(self) -> "_Begun":
        if self._begun is None:
            with self._lock:
                if self._begun is None:
                    tokenizer = vocabulary.read(self._file(vocabulary.NAME), self.described.longest)
                    threads = self._threads or session.threads()
                    pool = ThreadPoolExecutor(threads, "onnx") if threads > 1 else None
                    self._begun = _Begun(session.begun(self._file(GRAPH)), tokenizer, pool)
                    self._bytes = {}
        return self._begun

    def _file(self, name: str) -> bytes:
        if name in self._bytes:
            return self._bytes[name]
        try:
            content = (self._folder / name).read_bytes()
        except OSError as gone:
            raise ChangedError(f"{name} can't be read any more") from gone
        if self._digests.get(name, "") not in ("", hashlib.sha256(content).hexdigest()):
            raise ChangedError(f"{name} was changed after it was looked at")
        return content

    def __getstate__(self) -> dict[str, Any]:
        """Another machine has no copy of the files."""
        sent = {name: self._file(name) for name in (GRAPH, vocabulary.NAME)}
        return {"described": self.described, "threads": self._threads, "bytes": sent}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(Path(), state["described"], threads=state["threads"])  # type: ignore[misc]  # as pickle makes it
        self._bytes = state["bytes"]
