"""A tweet of the lake, by its id."""

from dataclasses import dataclass
from datetime import datetime

from sentistream.errors import UserError
from web_service.snapshot import Snapshot

COLUMNS = (
    "tweet_id", "text", "lang", "created_at", "sentiment", "p_positive", "model_name", "model_version", "scored_at"
)  # fmt: skip


@dataclass(frozen=True)
class Tweet:
    """A row of silver."""

    tweet_id: int
    text: str
    lang: str
    created_at: datetime
    sentiment: str
    p_positive: float
    model_name: str
    model_version: int
    scored_at: datetime


def sql(tweet_id: int) -> str:
    """What finds it."""
    return f"SELECT {', '.join(COLUMNS)} FROM scored_tweets WHERE tweet_id = {tweet_id:d}"  # noqa: S608 - a number


def found(snapshot: Snapshot, tweet_id: int) -> Tweet | None:
    """The row of a tweet, the newest score where a late duplicate is there; files that can't hold it are not read. None where there is none.

    Raises:
        UserError: there is no lake, or it can't be read here.
    """
    # Arrow's data sets and delta-rs, which a service that only scores does without.
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    from sentistream.lake import reading
    from sentistream.lake.tables import SCORED

    if snapshot.lake is None or SCORED not in snapshot.tables:
        raise UserError(snapshot.missing or "There are no scored tweets yet.")
    rows, wanted = reading.rows(snapshot.lake, SCORED, snapshot.tables[SCORED]), pc.field("tweet_id") == tweet_id
    if isinstance(rows, ds.Dataset):
        table = rows.to_table(columns=list(COLUMNS), filter=wanted, use_threads=False, **reading.READ_AHEAD)
    else:
        table = rows.read_all().select(COLUMNS).filter(wanted)
    listed = table.sort_by([("scored_at", "descending")]).slice(0, 1).to_pylist()
    return Tweet(**listed[0]) if listed else None
