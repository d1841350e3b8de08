"""Chooses rows of the scored table by their Kafka time: the files of its days, and the rows in them."""

from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc


def of_days(earliest: datetime, latest: datetime | None = None) -> list[tuple[str, str, date]]:
    """A file predicate for delta-rs: by it, only files of these days are handled at all, however many the table has."""
    since = [("ingest_date", ">=", earliest.date())]
    return since if latest is None else [*since, ("ingest_date", "<=", latest.date())]


def between(earliest: datetime, latest: datetime | None = None) -> pc.Expression:
    """The rows of these Kafka times, both included."""
    at, day, moment = pc.field("kafka_timestamp"), pc.field("ingest_date"), pa.timestamp("us", tz="UTC")
    chosen = (at >= pa.scalar(earliest, moment)) & (day >= earliest.date())
    return chosen if latest is None else chosen & (at <= pa.scalar(latest, moment)) & (day <= latest.date())
