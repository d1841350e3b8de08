"""Counts that were asked lately: another language, rule or sentiment of the same tweets is not asked again."""

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from sentistream.lake.tables import PER_MINUTE
from web_service.explore import counting
from web_service.explore.answer import Counted
from web_service.explore.selection import Selection

KEPT = 12
LARGEST_BYTES = 1 << 20
"""Of one; larger ones are asked again."""
Key = tuple[str, int, Selection, bool]


class Remembered:
    """Safe in any thread. Of one version of a table each, so that nothing in it gets old."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Counted] = OrderedDict()
        self._lock = Lock()

    def get(self, table: str, version: int, selection: Selection, exact: bool, n: str) -> Counted | None:
        """The counts of a selection, with the question for its places; None where they have to be asked."""
        key = _key(table, version, selection, exact)
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
        slices = found.sample.slices if found.sample is not None else ()
        from_gold = found.source.table == PER_MINUTE
        return replace(found, selection=selection, question=counting.counts(selection, from_gold, n, slices))

    def keep(self, counted: Counted, exact: bool) -> None:
        """Remember counts, and forget those that nobody asked for the longest."""
        if counted.rows.nbytes > LARGEST_BYTES:
            return
        key = _key(str(counted.source.table), counted.source.version, counted.selection, exact)
        with self._lock:
            self._kept[key] = counted
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _key(table: str, version: int, selection: Selection, exact: bool) -> Key:
    return table, version, replace(selection, languages=(), rule=None, sentiment=None), exact
