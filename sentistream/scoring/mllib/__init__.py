"""Compiled pipelines: a saved MLlib pipeline folded into one table of n-gram weights, walked by one compiled kernel.

`saved` reads the pipeline's files, `expression`, `regex` and `alphabet` turn its text stages into automata, `linear` its vector stages into
weights, `plan` walks all stages, `kernel` scores. Nothing here starts Spark.
"""

from sentistream.scoring.mllib.compiled import CompiledPipeline
from sentistream.scoring.mllib.errors import CannotCompileError

__all__ = ["CannotCompileError", "CompiledPipeline"]
