"""Looks into silver for how right versions were, and where challenger and champion differ; it runs in a process apart, without MLflow."""

from collections.abc import Mapping, Sequence

import pyarrow.compute as pc

from sentistream.contracts.model_version import ModelVersion
from sentistream.evaluation.beside import beside
from sentistream.evaluation.live import LiveAccuracy, live_accuracy
from sentistream.lake.lake import Lake
from sentistream.lake.tables import SCORED
from sentistream.scoring.scorer import Scorer
from web_service.models import silver
from web_service.models.record import Looked, Scored
from web_service.settings import WebSettings


def scored(settings: WebSettings, version: int, versions: Sequence[ModelVersion], scorers: Sequence[Scorer]) -> Scored:
    """Look once.

    Args:
        settings: name the lake.
        version: of silver.
        versions: those whose accuracy is asked.
        scorers: the champion's and the challenger's; none where there is no challenger.

    Raises:
        UserError: the lake can't be read, or one of them fails on some text.
    """
    lake = Lake.at(settings.lake_uri)
    handle = lake.open_version(SCORED, version)
    labelled, is_all = silver.newest(lake, handle, pc.field("label").is_valid(), silver.LABELLED_ROWS)
    live: Mapping[int, LiveAccuracy] = {
        each.version: live_accuracy(rows, each)
        for each in versions
        if (rows := silver.of_version(labelled, each.name, each.version)).num_rows
    }
    looked = Looked(version, labelled.num_rows, silver.oldest(labelled), is_all)
    if not scorers:
        return Scored(looked, live, None)
    sample, _ = silver.newest(lake, handle, None, silver.SAMPLE_ROWS)
    return Scored(looked, live, beside(scorers, sample, labelled))
