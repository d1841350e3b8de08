"""Retention of gold: whole days are dropped by one commit that rewrites no file; the caller holds the lock of the tables kept beside the stream."""

from datetime import date

import orjson
import structlog
from deltalake import CommitProperties, Transaction

from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import retention
from sentistream.lake.maintenance.retention import EPOCH, FIRST_DAY
from sentistream.lake.tables import PER_MINUTE

log = structlog.get_logger()


def drop_minutes(lake: Lake, before: date | None) -> int:
    """Drop the days of gold before one; how many. From then on gold begins there: an update makes no earlier day."""
    gold = lake.open(PER_MINUTE)
    days = retention.due(gold, before, "window_date") if gold is not None else []
    if gold is None or before is None or not days:
        return 0
    number = (before - EPOCH).days
    # Another night's clock may have been ahead; where gold begins never goes back.
    begins = [Transaction(FIRST_DAY, number)] if number > (gold.transaction_version(FIRST_DAY) or -1) else []
    said = {"userMetadata": orjson.dumps({"first_day": str(before)}).decode()}
    properties = CommitProperties(custom_metadata=said, app_transactions=begins)
    gold.delete(f"window_date < DATE '{before}'", commit_properties=properties)
    log.info("dropped", table=PER_MINUTE.name, days=len(days), before=str(before))
    return len(days)
