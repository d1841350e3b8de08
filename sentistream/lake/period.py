"""A time of the scored table that is looked at, by `created_at`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.errors import UserError

TIMESTAMP = pa.timestamp("us", tz="UTC")
When: TypeAlias = datetime | date | str
"""A string is ISO 8601; UTC where no zone is named, and a day is its first moment."""


@dataclass(frozen=True)
class Period:
    """From the first moment, up to but not including the second; None leaves a side open."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def parse(cls, start: When | None, end: When | None) -> "Period":
        """Read two dates or times.

        Raises:
            UserError: one is none, or the end is not after the start.
        """
        first, last = (None if each is None else _moment(each) for each in (start, end))
        if first is not None and last is not None and first >= last:
            raise UserError(f"From {start} to {end}: the end must be after the start.", exit_code=2)
        return cls(first, last)

    def expressions(self) -> list[pc.Expression]:
        """What must hold of a row."""
        created = pc.field("created_at")
        after = [] if self.start is None else [created >= pa.scalar(self.start, TIMESTAMP)]
        return after + ([] if self.end is None else [created < pa.scalar(self.end, TIMESTAMP)])


def _moment(when: When) -> datetime:
    if isinstance(when, date) and not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    try:
        moment = when if isinstance(when, datetime) else datetime.fromisoformat(when)
    except ValueError as wrong:
        raise UserError(f"{when}: write a date or time as ISO 8601, 2026-01-02T03:04:05Z.", exit_code=2) from wrong
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
