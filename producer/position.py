"""Where a record stood in what is replayed: the round, the input and the line."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

PLACE = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)


class Position(NamedTuple):
    """Ordered as records are published."""

    round: int
    """1, and one more in each round of a loop."""
    input: int
    """The input's place among the inputs, counted from 0."""
    line: int
    item: int = 0
    """The place within the line, where one line lists several tweets; else 0."""


class Positions:
    """Writes and reads the header `source_position`: `NAME:LINE`, in later rounds `NAME#ROUND:LINE`, within a line `NAME:LINE.ITEM`."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._places: Mapping[str, int] = {name: place for place, name in enumerate(names)}

    def written(self, at: Position) -> bytes:
        """As the header holds it."""
        of_round = f"#{at.round}" if at.round > 1 else ""
        item = f".{at.item}" if at.item else ""
        return f"{self._names[at.input]}{of_round}:{at.line}{item}".encode("utf-8", "backslashreplace")

    def read(self, header: bytes) -> Position | None:
        """What a header says; None where it is of none of these inputs."""
        name, _, place = header.decode("utf-8", "replace").rpartition(":")
        numbers = PLACE.fullmatch(place)
        if numbers is None:
            return None
        line, item = int(numbers[1]), int(numbers[2] or 0)
        if name in self._places:
            return Position(1, self._places[name], line, item)
        base, _, of_round = name.rpartition("#")
        if base in self._places and of_round.isascii() and of_round.isdigit():
            return Position(int(of_round), self._places[base], line, item)
        return None
