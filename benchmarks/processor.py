"""Our own processor with its scorer in another place: `python -m benchmarks.processor unscored|stock|compiled run …`."""

import sys

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from sentistream import command_line
from sentistream.scoring import artefact
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sparkml import TransformScorer
from stream_processor import __main__ as processor
from stream_processor.settings import ProcessorSettings
from stream_processor.stream import champion, trial
from stream_processor.stream.parsing.parse import parse
from stream_processor.stream.placement import InPlan, OnDriver, Placement
from stream_processor.stream.scored import scored, with_scores


class Unscored(OnDriver):
    """Everything but the scoring: each row gets the same probability."""

    def on_driver(self, batch: pa.Table) -> pa.Table:
        """Parse only."""
        constant = np.full((batch.num_rows, len(self.scorer.classes)), 0.5)
        return with_scores(parse(batch), constant, self.scorer.version)

    def warm_up(self, spark: SparkSession) -> pa.Table:
        """As the model itself: a constant would be refused."""
        return scored(trial.records(), self.scorer)


def unscored(settings: ProcessorSettings, scorer: Scorer) -> Placement:
    """What the path costs without a scorer."""
    return Unscored(scorer)


def stock(settings: ProcessorSettings, scorer: Scorer) -> Placement:
    """Spark's own transform."""
    folder = artefact.fetch(settings, scorer.version).folder
    return InPlan(TransformScorer(scorer.version, folder, "the benchmark asks for it"))


PLACES = {"unscored": unscored, "stock": stock, "compiled": champion.place}

if __name__ == "__main__":
    champion.place = PLACES[sys.argv.pop(1)]
    command_line.run(processor.app)
