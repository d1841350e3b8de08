"""What a whole file shows about its ids, labels and dates: gathered row by row in memory of some 16 bytes each."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sentistream.contracts import label_words
from sentistream.contracts.topic import LARGEST_ID
from sentistream.files.written_dates import DAY_FIRST, MONTH_FIRST, Dates, tells
from sentistream.files.written_ids import unwrapped_id, usable_id
from sentistream.files.written_languages import language

MAX_DIGITS = 19
"""Of an id."""
DISTINCT_LABELS = 1000
"""A column of more different values holds no labels."""
DATES_TRIED = 1000
"""First values of a column of dates that are read to see how exact it is."""
SMALL_ID = 10**8
"""X gave out greater ids from 2007 on."""
FEW = 3
"""Ids from which on a pattern in their last digits is no chance."""
TOO_LONG_FOR_A_FLOAT = 16
"""Digits of a number that a float holds only rounded."""
DENSE = 2
"""Row numbers fill at least every second place between the first and the last."""


class IdEvidence:
    """Ids of a file beside its texts."""

    def __init__(self) -> None:
        self.written = self.usable = self.floats = 0
        self._least, self._greatest = 1 << 63, 0
        self._end_in_zeros = self._binary_rounded = True
        self._ids, self._pairs = array("q"), array("q")

    def add(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        """Look at a batch; the empty id is none."""
        if not any(ids):
            return
        numbers: list[int] = []
        if (
            all(map(str.isdecimal, ids))
            and max(map(len, ids)) <= MAX_DIGITS
            and max(numbers := list(map(int, ids))) <= LARGEST_ID
        ):
            self.written += len(ids)
        else:
            numbers, kept = [], []
            for written, text in zip(ids, texts, strict=True):
                if not written.strip():
                    continue
                self.written += 1
                usable = unwrapped_id(written.strip())
                if usable is None:
                    self.floats += "." in written or "e+" in written.lower()
                else:
                    numbers.append(int(usable))
                    kept.append(text)
            texts = kept
        if not numbers:
            return
        self.usable += len(numbers)
        self._least, self._greatest = min(self._least, *numbers), max(self._greatest, *numbers)
        self._end_in_zeros = self._end_in_zeros and not any(number % 100 for number in numbers)
        self._binary_rounded = self._binary_rounded and not any(number & 127 for number in numbers)
        self._ids.extend(numbers)
        self._pairs.extend(map(hash, zip(numbers, texts, strict=True)))

    def reused(self) -> set[int]:
        """The ids that stand beside different texts."""
        distinct = len(set(self._ids))
        if distinct == len(self._ids) or len(set(self._pairs)) == distinct:
            return set()
        seen: set[int] = set()
        repeated = {number for number in self._ids if number in seen or seen.add(number)}  # type: ignore[func-returns-value]  # adds
        seen.clear()
        pairs = {(number, pair) for number, pair in zip(self._ids, self._pairs, strict=True) if number in repeated}
        texts = Counter(number for number, _ in pairs)
        return {number for number, different in texts.items() if different > 1}

    def problem(self, api: bool) -> str:
        """Why these are no tweets' ids; empty where they may be. An `api`'s own objects have no row numbers."""
        if not self.written:
            return ""
        if self.floats > self.usable:
            return "its ids are floats, rounded to some 16 digits"
        if not self.usable:
            return "its id column holds no ids"
        large = self._least > 1 << 53
        if self.usable >= FEW and large and (self._end_in_zeros or self._binary_rounded):
            return "its ids all end in zeros: they were rounded"
        small = not api and self._greatest < SMALL_ID
        if small and self._greatest - self._least + 1 <= DENSE * self.usable:
            distinct = len(set(self._ids))
            if 1 < distinct == self.usable:
                return f"its ids are row numbers ({self._least} to {self._greatest}), which other files have too"
        return ""


class LabelEvidence:
    """The values of each column that may hold the labels."""

    def __init__(self, columns: Sequence[int]) -> None:
        self.columns = tuple(columns)
        self.counts: dict[int, Counter[str]] = {column: Counter() for column in columns}
        self.places: dict[str, int] = {}
        """Of objects: a key that may hold the label → its place."""

    def name(self, key: str, rows: int) -> None:
        """Take up a key of objects; so many rows before had none."""
        if key not in self.places:
            self.places[key] = len(self.places)
            if self.places[key] or not rows:
                self.counts[self.places[key]] = Counter({"": rows} if rows else {})

    def key(self, column: int) -> str:
        """The key at a place; empty where it is a table's column."""
        return next((key for key, place in self.places.items() if place == column), "")

    def add(self, column: int, values: Iterable[Any]) -> None:
        """Count a batch of a column's values."""
        counts = self.counts.get(column)
        if counts is None:
            return
        counts.update(values)
        if len(counts) > DISTINCT_LABELS:
            del self.counts[column]

    def plain(self, column: int) -> Counter[str]:
        """A column's labels without case and margins; the empty one counts the rows without."""
        plain: Counter[str] = Counter()
        for written, count in self.counts.get(column, Counter()).items():
            plain[label_words.plain(written)] += count
        return plain


class LanguageEvidence:
    """Whether all values of a column are languages."""

    def __init__(self) -> None:
        self.no_tag = ""
        """The first value that is none."""

    def add(self, values: Iterable[str]) -> None:
        """Look at a batch."""
        for written in set(values):
            try:
                language(written)
            except ValueError:
                self.no_tag = self.no_tag or written
                return


class AuthorEvidence:
    """Whether all authors of a file are X's numbers, and none of them rounded."""

    def __init__(self) -> None:
        self._are_numbers = self._end_in_zeros = True
        self._seen = self._large = 0

    def add(self, values: Iterable[str]) -> None:
        """Look at a batch; the empty one is none."""
        if not self._are_numbers:
            return
        for written in filter(None, map(str.strip, set(values))):
            usable = usable_id(written)
            if usable is None:
                self._are_numbers = False
                return
            self._seen += 1
            if len(usable) > TOO_LONG_FOR_A_FLOAT:
                self._large += 1
                self._end_in_zeros = self._end_in_zeros and usable.endswith("00")

    @property
    def are_ids(self) -> bool:
        """Whether they can be sent as X's own."""
        return self._are_numbers and self._seen > 0 and not (self._large >= FEW and self._end_in_zeros)


class DateEvidence:
    """The values of each column that may hold the time."""

    def __init__(self, columns: Sequence[int]) -> None:
        self.columns = tuple(columns)
        self._first: dict[int, list[Any]] = {column: [] for column in columns}
        self._orders: dict[int, Counter[str]] = {column: Counter() for column in columns}
        self._numeric: dict[int, bool] = {}

    def add(self, column: int, values: Sequence[Any]) -> None:
        """Look at a batch of a column's values."""
        first = self._first[column]
        if len(first) < DATES_TRIED:
            first.extend(value for value in values[:DATES_TRIED] if value not in (None, ""))
        if self._numeric.get(column, True):
            orders = [tells(value) for value in values if isinstance(value, str) and value]
            self._orders[column].update(order for order in orders if order is not None)
            # Files write their dates one way: a first batch without a numeric one is enough.
            self._numeric[column] = not orders or bool(self._orders[column])

    def dates(self, column: int, form: str | None) -> tuple[Dates, bool]:
        """How a column is read, and whether day and month can't be told apart in it."""
        if form:
            return Dates(form=form), False
        orders = self._orders[column]
        order = DAY_FIRST if orders[DAY_FIRST] > orders[MONTH_FIRST] else MONTH_FIRST if orders[MONTH_FIRST] else ""
        return Dates(order), bool(orders[""]) and not order

    def exactness(self, column: int, form: str | None) -> float:
        """Which share of the first values can be read, and beside it which share says a time of day."""
        first = self._first[column]
        dates, ambiguous = self.dates(column, form)
        if ambiguous:
            dates = Dates(DAY_FIRST)
        moments = [moment for moment in map(dates.instant, first) if moment is not None]
        timed = sum(bool(moment.hour or moment.minute or moment.second) for moment in moments)
        return (len(moments) + timed) / len(first) if first else 0.0

    def unreadable(self, column: int, dates: Dates) -> tuple[int, int, str]:
        """How many of the first values can't be read, of how many, and one of them."""
        first = self._first[column]
        faults = [value for value in first if dates.instant(value) is None]
        return len(faults), len(first), str(faults[0])[:40] if faults else ""
