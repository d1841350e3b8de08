"""A compiled pipeline: built from a saved one at load time, usable from plain Python and from Spark's workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.scoring.mllib import kernel, ngrams, plan, saved, text
from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.kernel import Tables
from sentistream.scoring.mllib.saved import Stage
from sentistream.scoring.mllib.trees import walk
from sentistream.scoring.mllib.trees.planned import LONGEST_TEXT
from sentistream.scoring.mllib.trees.walk import Trees

Floats = npt.NDArray[np.float64]
NO_BYTES = np.frombuffer(b"\0", np.uint8)
"""Of the same type as Arrow's buffers, which can't be written: another type would compile the kernel again."""


@dataclass(frozen=True)
class Part:
    """The n-grams over one tokeniser."""

    tables: Tables
    lower: bool


@dataclass(frozen=True)
class CompiledPipeline:
    """Class probabilities of texts; equal to the pipeline's own up to the order in which weights are added (1e-9 relative).

    Threads may share one: nothing is kept between calls, and the kernel runs without the interpreter's lock.
    """

    parts: tuple[Part, ...]
    bias: Floats
    """[margins]."""
    ending: int | Trees
    """LOGISTIC or SOFTMAX of the margins, or the trees that take them apart again."""

    @property
    def classes(self) -> int:
        """How many probabilities a text gets."""
        if isinstance(self.ending, Trees):
            return int(self.ending.shares.shape[1])
        return 2 if self.ending == kernel.LOGISTIC else len(self.bias)

    @classmethod
    def from_saved(cls, pipeline: Path) -> "CompiledPipeline":
        """Compile a saved `PipelineModel` that is our own; a foreign one is understood first.

        Raises:
            CannotCompileError: a stage would not be repeated exactly; names it.
        """
        return cls.from_stages(saved.stages(pipeline))

    @classmethod
    def from_stages(cls, stages: Iterable[Stage]) -> "CompiledPipeline":
        """Compile the stages of a saved pipeline.

        Raises:
            CannotCompileError: one would not be repeated exactly; names it.
        """
        try:
            return cls.from_plan(plan.of(stages))
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as odd:
            raise CannotCompileError(f"it is not laid out as expected: {odd!r}") from odd

    @classmethod
    def from_plan(cls, made: plan.Plan) -> "CompiledPipeline":
        """Build the kernel's tables."""
        parts = [_part(made, tokens, tokeniser) for tokens, tokeniser in made.tokenisers.items()]
        links = {"logistic": kernel.LOGISTIC, "softmax": kernel.SOFTMAX}
        return cls(
            tuple(parts), made.margins.bias, made.ending if isinstance(made.ending, Trees) else links[made.ending]
        )

    def score(self, texts: pa.LargeStringArray) -> Floats:
        """Texts without nulls → float64[texts, classes]."""
        margins = self.margins(texts)
        out = np.empty((len(texts), self.classes))
        if isinstance(self.ending, Trees):
            walk.probabilities(margins, self.ending, out)
        else:
            kernel.probabilities(self.ending, margins, out)
        return out

    def margins(self, texts: pa.LargeStringArray) -> Floats:
        """Texts without nulls → float64[texts, margins]."""
        margins = np.tile(self.bias, (len(texts), 1))
        for part in self.parts if len(texts) else ():
            given = _lowered_where_context_matters(texts) if part.lower else texts
            _, offsets, data = given.buffers()
            bounds = np.frombuffer(offsets, np.int64)[given.offset : given.offset + len(given) + 1]
            if isinstance(self.ending, Trees) and np.diff(bounds).max() > LONGEST_TEXT:
                raise ValueError(f"a text has more than {LONGEST_TEXT:,} bytes")
            held = np.frombuffer(data, np.uint8) if data is not None and data.size else NO_BYTES
            # Of whatever memory they are: numba compiles for arrays that may be written apart.
            held.flags.writeable = bounds.flags.writeable = False
            kernel.add_margins(held, bounds, part.tables, margins)
        return margins


def _part(made: plan.Plan, tokens: str, tokeniser: text.Tokeniser) -> Part:
    replacing = sum(isinstance(each, text.Replace) for each in tokeniser.operations)
    tables = Tables(
        **text.arrays(text.automata(tokeniser)),
        tokeniser=np.array([replacing, tokeniser.mode], np.int32),
        **ngrams.arrays(made.vectorisers, made.margins, tokens),
    )
    return Part(tables, tokeniser.lower)


def _lowered_where_context_matters(strings: pa.Array) -> pa.Array:
    concerned = pc.match_substring_regex(strings, f"[{text.CONTEXT}]")
    if not pc.any(concerned).as_py():
        return strings
    lowered = [
        each.lower() if is_one else each
        for each, is_one in zip(strings.to_pylist(), concerned.to_pylist(), strict=True)
    ]
    return pa.array(lowered, pa.large_string())
