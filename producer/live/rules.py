"""What has to change so that X's rules are the queries that were given; pure.

A rule is this program's own if its tag begins with `sentistream:`. Rules belong to the app, not to a connection: others may use them, so foreign
ones are touched only where the user says so. X counts two rules with one value as duplicates, whatever their tags.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sentistream.errors import UserError

OWN = "sentistream:"
TAG_LENGTH = 100
"""Where a query that is its own tag is cut; X documents no limit for tags, and the tag stands in every post that matches."""


@dataclass(frozen=True)
class Rule:
    """A rule as X keeps it; `rule_id` is None until X has given it one."""

    value: str
    tag: str | None = None
    rule_id: str | None = None

    @property
    def own(self) -> bool:
        """True where this program made the rule."""
        return (self.tag or "").startswith(OWN)


@dataclass(frozen=True)
class Plan:
    """The plan for each rule; `foreign` are left as they are."""

    add: tuple[Rule, ...]
    remove: tuple[Rule, ...]
    unchanged: tuple[Rule, ...]
    foreign: tuple[Rule, ...]


def wanted(queries: Sequence[str], tags: Sequence[str] = ()) -> tuple[Rule, ...]:
    """The rules for the queries, in their order, a repeated query once.

    Args:
        queries: rule values in X's language; white space around them does not count.
        tags: none, or one for each query.

    Raises:
        UserError: there is no query, an empty one, or another number of tags.
    """
    if not queries:
        raise UserError('Say which posts: --query "…" (QUERIES, one a line), as often as you like.', exit_code=2)
    if any(not query.strip() for query in queries):
        raise UserError("A --query is empty.", exit_code=2)
    if tags and len(tags) != len(queries):
        raise UserError(
            f"There are {len(queries)} --query and {len(tags)} --tag: give each query one, or none.", exit_code=2
        )
    names = tags or [query.strip()[:TAG_LENGTH] for query in queries]
    rules: dict[str, Rule] = {}
    for query, name in zip(queries, names, strict=True):
        rules.setdefault(query.strip(), Rule(query.strip(), OWN + name.strip()))
    return tuple(rules.values())


def plan(
    current: Iterable[Rule], target: Iterable[Rule], foreign: Literal["refuse", "keep", "remove"] = "refuse"
) -> Plan:
    """How `current` becomes `target`.

    A foreign rule with a wanted value serves as it is, since X would refuse the same value twice; `remove` replaces it by our own.
    """
    rest = {rule.value: rule for rule in target}
    remove: list[Rule] = []
    unchanged: list[Rule] = []
    foreigners: list[Rule] = []
    for rule in current:
        ours = rest.get(rule.value)
        if ours is not None and (rule.tag == ours.tag or not (rule.own or foreign == "remove")):
            unchanged.append(rule)
            del rest[rule.value]
        elif rule.own or foreign == "remove":
            remove.append(rule)
        else:
            foreigners.append(rule)
    return Plan(tuple(rest.values()), tuple(remove), tuple(unchanged), tuple(foreigners))


def refuse_foreign(plan: Plan, foreign: Literal["refuse", "keep", "remove"]) -> None:
    """Refuse rules that would bring posts nobody asked this program for, unless the user keeps them.

    Raises:
        UserError: names them and what can be done.
    """
    if plan.foreign and foreign == "refuse":
        named = ", ".join(repr(rule.value[:60]) for rule in plan.foreign[:5])
        more = f" and {len(plan.foreign) - 5} more" if len(plan.foreign) > 5 else ""
        raise UserError(
            f"The app has {len(plan.foreign)} rules that were not made here ({named}{more}), and their posts would arrive and be paid for, "
            "too: give --foreign-rules keep to read them all, or --foreign-rules remove to delete those rules."
        )
