"""Following the scored table's log: where a follower is, and what it missed where the log no longer reaches back to it.

The log is the only stream of events: a follower reads it commit by commit, and commits its position atomically with its result. A position is a
version and, for when the log is shorter than the follower was away, what the scored table's transactions said then (`marks`): the last offset of each
partition, and the last change (`changed_days`). With these

- rows that were **added** since are those beyond the offsets; the files' statistics say which files hold any, so no other is read;
- rows that were **changed or removed** since were so on days that `changed_days` names; only these days are to be looked at again;
- what a **compaction** moved is neither, and what a **retirement** dropped is in `gold/retired_per_minute`, under a chain of its own.

Where that can't be told (a position of an earlier version, a topic that was made again), all is to be looked at.
"""

import re
from collections.abc import Mapping
from functools import reduce
from operator import or_

import pyarrow.dataset as ds

from sentistream.lake.changed_days import LAST
from sentistream.lake.tables import RETIRED

OFFSET = re.compile(r"(?P<topic>[^/]+)/(?P<topic_id>[^/]+)/(?P<number>\d+)")
IN_FORCE = f"{RETIRED}/in_force"
"""The scored table's transaction whose version is the last retirement in force."""
NOTHING = ds.scalar(value=False)


def marks(transactions: Mapping[str, int]) -> dict[str, int]:
    """What of a scored table's transactions belongs to a position."""
    return {
        app_id: version
        for app_id, version in transactions.items()
        if app_id in (LAST, IN_FORCE) or OFFSET.fullmatch(app_id)
    }


def added_since(before: Mapping[str, int], now: Mapping[str, int]) -> ds.Expression | None:
    """Which rows were added between two positions, given by their marks; None where that can't be told."""
    offsets_before, offsets_now = _offsets(before), _offsets(now)
    if not offsets_before:
        return None
    lives_before, lives_now = _lives(before), _lives(now)
    # Rows say the topic's name, and not which of its lives they are of.
    if any(lives_before[name] != lives for name, lives in lives_now.items() if name in lives_before):
        return None
    if any(len(lives) > 1 for name, lives in lives_now.items() if name not in lives_before):
        return None
    beyond = [
        (ds.field("topic") == named["topic"])
        & (ds.field("partition") == int(named["number"]))
        & (ds.field("offset") > before.get(app_id, -1))
        for app_id, named in offsets_now.items()
        if now[app_id] > before.get(app_id, -1)
    ]
    return reduce(or_, beyond, NOTHING)


def _offsets(of: Mapping[str, int]) -> dict[str, re.Match[str]]:
    return {app_id: named for app_id in of if (named := OFFSET.fullmatch(app_id)) is not None}


def _lives(of: Mapping[str, int]) -> dict[str, set[str]]:
    """Topic → the ids under which it was read; one that was deleted and made again has another."""
    lives: dict[str, set[str]] = {}
    for named in _offsets(of).values():
        lives.setdefault(named["topic"], set()).add(named["topic_id"])
    return lives
