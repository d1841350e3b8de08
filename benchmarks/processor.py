"""Our own processor with another scorer: `python -m benchmarks.processor unscored|stock|compiled run …`."""

import sys

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from sentistream import command_line
from sentistream.scoring import probe, registry
from stream_processor import __main__ as processor
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import champion
from stream_processor.stream.champion import Fetched
from stream_processor.stream.parse import parse
from stream_processor.stream.placement import DriverScorer, PipelineScorer, Scorer, with_scores


class Unscored(DriverScorer):
    """Everything but the scoring: each row gets the same probability."""

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Parse only."""
        return with_scores(parse(batch), np.full((batch.num_rows, len(self.model.labels.names)), 0.5), self.model)

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """As the model itself: a constant would be refused."""
        return super().on_driver(probe.records())


def unscored(settings: ProcessorSettings, fetched: Fetched) -> Scorer:
    """What the path costs without a scorer."""
    if fetched.compiled is None:
        raise RuntimeError("the benchmark's model is one that compiles")
    return Unscored(fetched.model, fetched.compiled)


def stock(settings: ProcessorSettings, fetched: Fetched) -> Scorer:
    """Spark's own transform."""
    return PipelineScorer(fetched.model, registry.load(settings, fetched.model))


PLACES = {"unscored": unscored, "stock": stock, "compiled": champion.place}

if __name__ == "__main__":
    champion.place = PLACES[sys.argv.pop(1)]
    command_line.run(processor.app)
