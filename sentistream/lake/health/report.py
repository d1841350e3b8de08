"""How the versions of a lake fare: the newest tweets of each beside its profile, what moved, and which tweets show it. Data, for the command, the doctor and the pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.drift import verdict
from sentistream.drift.profile import Profile
from sentistream.drift.verdict import Verdict
from sentistream.lake.health import counting, examples, profiles
from sentistream.lake.lake import Lake
from sentistream.lake.tables import MODEL_HEALTH

WINDOW_TWEETS = 2_000
"""The newest hours that together hold at least so many tweets are judged; where there are fewer, all."""
WITHOUT = "it has no profile, being of a version of the trainer before there were any: it is not to be judged"


@dataclass(frozen=True)
class Health:
    """One version and the newest tweets that it has scored."""

    model_name: str
    model_version: int
    is_newest: bool
    """Whether it has scored the newest tweets of all: it serves, or was the last that did."""
    tweets: int
    first_hour: datetime
    last_hour: datetime
    """Of `created_at`, the hours that the tweets are of."""
    last_arrival: datetime
    verdict: Verdict | None
    """None where it can't be judged."""
    examples: Mapping[str, tuple[int, ...]]
    """What has moved → ids of tweets that show it."""

    @property
    def uri(self) -> str:
        """MLflow's address of the version."""
        return f"models:/{self.model_name}/{self.model_version}"

    @property
    def alarms(self) -> list[str]:
        """What has moved, the likely cause first."""
        return [] if self.verdict is None else self.verdict.alarms


def of(lake: Lake, *, with_examples: bool = True) -> list[Health]:
    """The health of each version that has scored tweets of the lake, the one with the newest tweets first; empty where nobody counts it (`tables`).

    Raises:
        UserError: a table can't be read.
    """
    table = lake.open(MODEL_HEALTH)
    if table is None:
        return []
    known = profiles.recorded(lake)
    heads = table.to_pyarrow_table(columns=["model_name", "model_version", "window_start", "tweets", "last_arrival"])
    if not heads.num_rows:
        return []
    newest = heads.group_by(["model_name", "model_version"]).aggregate([("last_arrival", "max")])
    found = []
    for place, each in enumerate(newest.sort_by([("last_arrival_max", "descending")]).to_pylist()):
        version = each["model_name"], each["model_version"]
        own = (pc.field("model_name") == version[0]) & (pc.field("model_version") == version[1])
        since = _since(heads.filter(own))
        rows = table.to_pyarrow_dataset().to_table(filter=own & (pc.field("last_arrival") >= since))
        found.append(_judged(lake, rows, known.get(version), is_newest=place == 0, with_examples=with_examples))
    return found


def _since(heads: pa.Table) -> pa.Scalar:
    """The arrival from which on hours are looked at: the newest ones, until there are enough tweets."""
    ordered = heads.sort_by([("last_arrival", "descending")])
    enough = np.searchsorted(np.cumsum(ordered["tweets"].to_numpy()), WINDOW_TWEETS)
    return ordered["last_arrival"][min(int(enough), ordered.num_rows - 1)]


def _judged(lake: Lake, rows: pa.Table, profile: Profile | None, *, is_newest: bool, with_examples: bool) -> Health:
    met = counting.met(counting.as_counts(rows))
    told = None if profile is None else verdict.judged(profile, met)
    version = rows["model_name"][0].as_py(), rows["model_version"][0].as_py()
    hours = pc.min_max(rows["window_start"]).as_py()
    arrived = pc.max(rows["last_arrival"]).as_py()
    shown: Mapping[str, tuple[int, ...]] = {}
    if told is not None and profile is not None and told.alarms and with_examples:
        shown = examples.of(lake, version, profile, met, told.alarms, arrived)
    return Health(*version, is_newest, met.tweets, hours["min"], hours["max"], arrived, told, shown)
