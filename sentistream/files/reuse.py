"""Ids that stand beside different texts, and not beside two forms of one tweet."""

import html
import re
from collections.abc import Set

from sentistream.files.content.inputs import Input
from sentistream.files.decision import Decision
from sentistream.files.looking import ids_and_texts
from sentistream.files.options import FileOptions
from sentistream.files.written_ids import unwrapped_id

LINKS = re.compile(r"https?://\S*")
ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
NO_LETTERS = re.compile(r"[\W_]+")
SHORT = 10
"""Letters up to which one text that begins like another is no part of it."""
ENOUGH = 100
"""Reused ids from which on no further ones are looked for."""


def same_tweet(one: str, other: str) -> bool:
    """Whether two texts are forms of one tweet: the same letters but for entities, escapes and links, or one the other's beginning."""
    if one.strip() == other.strip():
        return True
    first, second = sorted((_letters(one), _letters(other)), key=len)
    return bool(first) and (first == second or (len(first) > SHORT and second.startswith(first)))


def really_reused(each: Input, options: FileOptions, decision: Decision, ids: Set[int]) -> int:
    """How many of these ids stand beside texts of different tweets, at most `ENOUGH`."""
    if not ids:
        return 0
    first: dict[int, str] = {}
    reused: set[int] = set()
    for written, text in ids_and_texts(each, options, decision):
        tweet_id = unwrapped_id(written)
        number = int(tweet_id) if tweet_id is not None else 0
        if number in ids:
            known = first.setdefault(number, text)
            if known is not text and not same_tweet(known, text):
                reused.add(number)
                if len(reused) >= ENOUGH:
                    break
    return len(reused)


def _letters(text: str) -> str:
    whole = ESCAPED.sub(lambda match: chr(int(match[1], 16)), html.unescape(text))
    return NO_LETTERS.sub("", LINKS.sub("", whole)).lower()
