"""A pattern as a tree: items that follow each other, each a set of characters or something made of other items."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from sentistream.scoring.mllib.regex.alphabet import Ranges


@dataclass(frozen=True)
class Set:
    """One character."""

    ranges: Ranges


@dataclass(frozen=True)
class Group:
    """What a reference can refer to, by its number."""

    number: int
    items: "Items"


@dataclass(frozen=True)
class Reference:
    """The text that a group before it has matched."""

    number: int


@dataclass(frozen=True)
class Choice:
    """One of several, the first one preferred."""

    branches: "tuple[Items, ...]"


@dataclass(frozen=True)
class Repeat:
    """So many times; greedy prefers more."""

    items: "Items"
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True)
class Around:
    """What must stand ahead (or behind), or must not, and is not taken itself."""

    items: "Items"
    ahead: bool
    negated: bool


Item: TypeAlias = Set | Group | Reference | Choice | Repeat | Around
Items: TypeAlias = tuple[Item, ...]


def inner(item: Item) -> tuple[Items, ...]:
    """The sequences within an item."""
    if isinstance(item, Choice):
        return item.branches
    return () if isinstance(item, Set | Reference) else (item.items,)


def with_inner(item: Item, change: Callable[[Items], Items]) -> Item:
    """An item with each sequence within it changed."""
    if isinstance(item, Choice):
        return Choice(tuple(map(change, item.branches)))
    return item if isinstance(item, Set | Reference) else replace(item, items=change(item.items))


def may_be_empty(items: Items) -> bool:
    """Whether a sequence may match no character at all."""
    return all(_may_be_empty(item) for item in items)


def _may_be_empty(item: Item) -> bool:
    if isinstance(item, Set | Reference):
        return False
    if isinstance(item, Around) or (isinstance(item, Repeat) and item.least == 0):
        return True
    return any(may_be_empty(each) for each in inner(item))
