"""onnxruntime, as it is asked here: on the processor, each call by the thread that makes it."""

import sys
from typing import TYPE_CHECKING

from sentistream.scoring.checked import cores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

TOKENS, MASK, PROBABILITIES = "input_ids", "attention_mask", "probabilities"
"""Two inputs, int64[texts, width], and one output, float32[texts, classes]."""
FATAL = 4
"""Of onnxruntime's levels; whatever it has to say comes as an exception, too."""


class NotOursError(Exception):
    """The graph takes or gives something else."""


def threads() -> int:
    """The cores of this task: of a Spark task what Spark gives it, else of the process."""
    if "pyspark" in sys.modules:
        from pyspark import TaskContext

        if (task := TaskContext.get()) is not None:
            return max(1, task.cpus())
    return cores()


def begun(model: bytes) -> "InferenceSession":
    """A session over the file's bytes.

    Raises:
        NotOursError: it takes or gives something else than texts' tokens and probabilities.
        Exception: of onnxruntime's own kinds, where it can't run it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Batches run beside each other instead: no thread waits for another, or spins while it does.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    taken = sorted((each.name, each.type, len(each.shape)) for each in session.get_inputs())
    given = [(each.name, each.type, len(each.shape)) for each in session.get_outputs()]
    if taken != sorted((name, "tensor(int64)", 2) for name in (TOKENS, MASK)):
        raise NotOursError(f"takes {_named(taken)}, and must take {TOKENS} and {MASK}, int64[texts, width]")
    if given != [(PROBABILITIES, "tensor(float)", 2)]:
        raise NotOursError(f"gives {_named(given)}, and must give {PROBABILITIES}, float32[texts, classes]")
    return session


def _named(ends: list[tuple[str, str, int]]) -> str:
    return ", ".join(f"{name[:40]} ({kind[:40]} of {rank} dimensions)" for name, kind, rank in ends[:5]) or "nothing"
