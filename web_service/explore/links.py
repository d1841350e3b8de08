"""Addresses of the page: this look with something changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from web_service.explore import selection
from web_service.explore.looking import Look
from web_service.explore.selection import Selection

LASTS = ("15m", "1h", "24h", "7d")


class Links:
    """What templates link to.

    Args:
        root: WEB_ROOT_PATH.
        look: what is seen.
    """

    def __init__(self, root: str, look: Look) -> None:
        self._root, self._look = root, look

    def here(self, path: str = "/explore", **also: str) -> str:
        """This look, or a part of it."""
        return self._to(self._look.selection, self._look.other, path, **self._exact(), **also)

    def permanent(self) -> str:
        """This look, of these versions of the lake."""
        return self._to(self._look.selection, self._look.other, at=self._look.tables.at, **self._exact())

    def csv(self, chart: str) -> str:
        """A chart's numbers."""
        return self.here(f"/explore/csv/{chart}")

    def with_(self, **changed: Any) -> str:
        """With filters set: `rule`, `keyword`, `sentiment`, `version`, `languages`."""
        return self._to(replace(self._look.selection, **changed), self._look.other)

    def to(self, chosen: Selection) -> str:
        """Another selection, held against the same one."""
        return self._to(chosen, self._look.other)

    def other(self, other: Selection | None) -> str:
        """This selection, held against another."""
        return self._to(self._look.selection, other)

    def exact(self) -> str:
        """The same of all tweets."""
        return self._to(self._look.selection, self._look.other, exact="1")

    def tweets_of(self, chosen: Selection) -> str:
        """The tweets of a selection."""
        return self._to(chosen, None, "/explore/tweets")

    def words_of(self, rule: str) -> str:
        """The words of a rule's tweets, against those before."""
        other = replace(self._look.before, rule=rule)
        return self._to(replace(self._look.selection, rule=rule), other, "/explore/words")

    def swapped(self) -> str:
        """Both selections, the other way round."""
        assert self._look.other is not None  # noqa: S101 - there are two
        return self._to(self._look.other, self._look.selection)

    def lasts(self) -> Iterator[tuple[str, str]]:
        """Ranges that end with the newest tweets."""
        without = [(name, value) for name, value in self._look.selection.pairs() if name not in ("from", "to")]
        for last in LASTS:
            yield last, self._address("/explore", [("last", last), *without])

    def moved(self, by: int) -> str:
        """The same length, so many lengths later."""
        chosen = self._look.selection
        shift: timedelta = chosen.length * by
        return self.to(replace(chosen, since=chosen.since + shift, until=chosen.until + shift))

    def _exact(self) -> dict[str, str]:
        return {"exact": "1"} if self._look.exact else {}

    def _to(self, chosen: Selection, other: Selection | None, path: str = "/explore", **also: str) -> str:
        others = [] if other is None else other.pairs(selection.OTHER)
        return self._address(path, [*chosen.pairs(), *others, *also.items()])

    def _address(self, path: str, pairs: list[tuple[str, str]]) -> str:
        return f"{self._root}{path}?{urlencode(pairs)}"
