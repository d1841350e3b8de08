"""What is done to a text before it is cut into tokens: named rules in an order. A version names them and brings no pattern of its own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sentistream.errors import UserError

LINK = re.compile(r"(?:https?://|www\.)\S+")
MENTION = re.compile(r"@[A-Za-z0-9_]+")
SPACES = re.compile(r"\s+")
ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "#39": "'", "nbsp": " ", "amp": "&"}
"""What X's API encodes."""
ENTITY = re.compile(f"&({'|'.join(ENTITIES)});")
LONGEST_WITH = 16


def _entities(text: str, _: str) -> str:
    # Once, so that nothing is decoded twice.
    return ENTITY.sub(lambda found: ENTITIES[found[1]], text) if "&" in text else text


def _links(text: str, instead: str) -> str:
    return LINK.sub(lambda _: instead, text)


def _mentions(text: str, instead: str) -> str:
    return MENTION.sub(lambda _: instead, text) if "@" in text else text


def _spaces(text: str, _: str) -> str:
    return SPACES.sub(" ", text).strip()


RULES: dict[str, Callable[[str, str], str]] = {
    "entities": _entities,
    "links": _links,
    "mentions": _mentions,
    "spaces": _spaces,
}
"""Name → what it does, given a text and what it puts in place of what it finds. Each takes time in proportion to the text."""
REPLACING = ("links", "mentions")


@dataclass(frozen=True)
class Rule:
    """One step."""

    name: str
    instead: str = ""
    """What `links` and `mentions` put in place of each."""

    def __post_init__(self) -> None:
        if self.name not in RULES:
            raise UserError(f"There is no rule {self.name!r}: {', '.join(RULES)}.")
        if len(self.instead) > LONGEST_WITH or (self.instead and self.name not in REPLACING):
            raise UserError(
                f"The rule {self.name} can't put {self.instead[:LONGEST_WITH]!r} in place of what it finds."
            )

    def as_dict(self) -> dict[str, str]:
        """As `text.json` has it."""
        return {"rule": self.name} | ({"with": self.instead} if self.name in REPLACING else {})

    @classmethod
    def of(cls, stored: Any) -> "Rule":
        """Read what `as_dict` wrote.

        Raises:
            UserError: it is no rule.
        """
        if not isinstance(stored, dict) or stored.keys() - {"rule", "with"}:
            raise UserError(f"{str(stored)[:80]} is no rule.")
        return cls(str(stored.get("rule")), str(stored.get("with", "")))


TWEETS = (Rule("entities"), Rule("links", "http"), Rule("mentions", "@user"), Rule("spaces"))
"""As TweetEval prepares its tweets, so that names and addresses decide nothing."""


def normalised(text: str, rules: Sequence[Rule]) -> str:
    """A text after all rules."""
    for rule in rules:
        text = RULES[rule.name](text, rule.instead)
    return text
