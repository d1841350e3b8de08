"""Leaving words out of a text, for what no weights explain, and to see what would turn a sentiment."""

import re
from collections.abc import Sequence

from sentistream.scoring.mllib.weights.tracing import Span

WORD = re.compile(r"\S+")
MOST_WORDS = 200
"""That are left out one by one; a longer text's are taken several at a time, so that it costs no more."""
MOST_TRIED = 12
"""Words that are left out together, at most, to turn a sentiment."""


def words(text: str) -> list[Span]:
    """What stands between white space; of a text with more than `MOST_WORDS` several neighbours in one."""
    found = [Span(*each.span()) for each in WORD.finditer(text)]
    together = -(-len(found) // MOST_WORDS)
    if together <= 1:
        return found
    return [
        Span(found[at].begin, found[min(at + together, len(found)) - 1].end) for at in range(0, len(found), together)
    ]


def without(text: str, left_out: Sequence[Span]) -> str:
    """The text without some of its characters; the spans ascend and don't overlap."""
    kept, at = list[str](), 0
    for span in left_out:
        kept.append(text[at : span.begin])
        at = span.end
    return "".join([*kept, text[at:]])
