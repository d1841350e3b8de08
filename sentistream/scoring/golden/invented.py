"""64 texts that nobody has written: the probe's sentences in every language, and what tweets do to a tokenizer."""

from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from sentistream.scoring.probe_sentences import PAIRS

EDGES = (
    "@nobody",
    "https://example.org/a",
    "@nobody @noone https://example.org/a?b=c&d=e www.example.org",
    "!!!",
    "...",
    "a",
    "7",
    "😀",
    "😡😡😡",
    "❤️ 👍🏽 👩‍👩‍👧 🏳️‍🌈 🇩🇪",
    "😂" * 10_000,
    "soooooo goooooood",
    "NOT GOOD AT ALL",
    "I don't like this &amp; I won't &lt;3 it &quot;ever&quot;",
    "great #weather, awful #traffic",
    "good 好 хорошо 良い جيد गुड",
    "naïve café, déjà vu: Ångström ﬁne",
    "\u200bzero\u200dwidth\ufeff and\u00a0blanks\ttabs\nlines",
    "RT @nobody: thanks for nothing :( but the music was lovely :)",
    "x" * 400,
    ("good " * MAX_TEXT_CHARACTERS)[:MAX_TEXT_CHARACTERS],
    ("bad, " * MAX_TEXT_CHARACTERS)[:MAX_TEXT_CHARACTERS],
)
"""Empty once names and links are gone, runs of one sign, emoji of several characters, several scripts, the longest text."""
NUMBER = 64


def _sentences() -> tuple[str, ...]:
    """As many as are needed, the first pairs of every language before the second ones."""
    rounds = zip(*PAIRS.values(), strict=False)
    return tuple(text for pairs in rounds for pair in pairs for text in pair)


TEXTS = (*EDGES, *_sentences())[:NUMBER]
