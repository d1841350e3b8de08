"""The versions of the tables that a page is of: the newest ones, or those that a permalink names while they last."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from deltalake.exceptions import DeltaError

from sentistream.errors import UserError
from sentistream.lake import time_travel
from sentistream.lake.query import pinned
from sentistream.lake.query.pinned import Pinned
from sentistream.lake.tables import PER_MINUTE, SCORED, Table
from web_service.explore.answer import BY
from web_service.snapshot import Snapshot

AT = re.compile(r"(\d{1,18})(?:\.(\d{1,18}))?")
NO_TIME = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Tables:
    """Silver and, where there is one, gold, at one version each."""

    pinned: Mapping[Table, Pinned]
    note: str | None = None
    """Why they are not what the link names."""

    @property
    def at(self) -> str:
        """Names them in a permalink: silver's version, and gold's."""
        return ".".join(str(self.pinned[table].version) for table in (SCORED, PER_MINUTE) if table in self.pinned)

    @property
    def newest(self) -> datetime:
        """The end of the latest minute of which there is anything."""
        if PER_MINUTE in self.pinned and (minute := self.pinned[PER_MINUTE].newest) is not None:
            return minute.replace(second=0, microsecond=0) + timedelta(minutes=1)
        moment = self.pinned[SCORED].newest or NO_TIME
        return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)

    @property
    def reach(self) -> list[str]:
        """Folders that a question reads."""
        return [folder for each in self.pinned.values() for folder in each.reach]


def tables(snapshot: Snapshot, at: str | None) -> Tables:
    """The tables of a snapshot, or at the versions of a permalink.

    Args:
        snapshot: of a lake with scored tweets.
        at: as `Tables.at` has it; None is the snapshot's.
    """
    assert snapshot.lake is not None  # noqa: S101 - else it has a sentence in `missing`
    newest = Tables(pinned.pinned(snapshot.lake, snapshot.tables, BY))
    if at is None or at == newest.at:
        return newest
    named = AT.fullmatch(at)
    if named is None:
        return Tables(newest.pinned, "The link names no versions of the tables; these are the newest ones.")
    wanted = {SCORED: named[1], PER_MINUTE: named[2]}
    try:
        handles = {
            table: snapshot.lake.open_version(table, int(version))
            for table, version in wanted.items()
            if version is not None
        }
        time_travel.require_files(handles)
    except (DeltaError, UserError):
        return Tables(
            newest.pinned,
            f"Version {at} of the lake is no longer there, and these numbers are of {newest.at}: tweets that came late, were scored again or forgotten since make them differ.",
        )
    return Tables(pinned.pinned(snapshot.lake, handles, BY))
