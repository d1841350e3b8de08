"""Our own processor with another scorer: `python -m benchmarks.processor unscored|stock|compiled run …`."""

import sys

import numpy as np
import pyarrow as pa

from sentistream import command_line, registry
from sentistream.model_version import ModelVersion
from sentistream.scorer import CompiledScorer
from stream_processor import __main__ as processor
from stream_processor.parse import parse
from stream_processor.score import DriverScorer, PipelineScorer, Scorer, with_scores
from stream_processor.settings import ProcessorSettings


class Unscored(DriverScorer):
    """Everything but the scoring: each row gets the same probability."""

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Parse only."""
        return with_scores(parse(batch), np.full((batch.num_rows, 2), 0.5), self.model)


def unscored(settings: ProcessorSettings, model: ModelVersion, compiled: CompiledScorer | None) -> Scorer:
    """What the path costs without a scorer."""
    if compiled is None:
        raise RuntimeError("the benchmark's model is one that compiles")
    return Unscored(model, compiled)


def stock(settings: ProcessorSettings, model: ModelVersion, compiled: CompiledScorer | None) -> Scorer:
    """Spark's own transform."""
    return PipelineScorer(model, registry.load(settings, model))


PLACES = {"unscored": unscored, "stock": stock, "compiled": processor.place}

if __name__ == "__main__":
    processor.place = PLACES[sys.argv.pop(1)]
    command_line.run(processor.app)
