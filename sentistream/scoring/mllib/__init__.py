"""Compiled pipelines: a saved MLlib pipeline folded into one table of n-gram weights, walked by one compiled kernel.

`saved` reads the pipeline's files (`parquet`, `vectors`), `understood` holds them against the list (`forms`, `trees`) before anything of them is
run, `expression` and `regex` turn text stages into automata, `linear` vector stages into weights, `plan` walks all stages, `kernel` scores,
`transfer` hands the tables to another process. Nothing here starts Spark.
"""

from sentistream.scoring.mllib.compiled import CompiledPipeline
from sentistream.scoring.mllib.errors import CannotCompileError, NotUnderstoodError

__all__ = ["CannotCompileError", "CompiledPipeline", "NotUnderstoodError"]
