"""The languages of texts, among those that the probe has sentences in: told by the words of these sentences.

No detector of languages: what matters is whether a model can have learnt the probe's words.
"""

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa

from sentistream.scoring.probe_sentences import PAIRS

SAMPLE = 20_000
"""Texts that are looked at, evenly over all."""
SHORTEST = 4
"""Letters of a word that tells a language; shorter ones stand in too many."""
LEAST_SHARE, LEAST_ROWS, OF_THE_LARGEST = 0.005, 5, 0.15
"""Of texts that hold a word of a language, to count as one: of all texts, of the sample, and of the most frequent language's. Of UMSAB's corpora, the
language's own word stands in 1.6 to 19 %, and another's in at most 0.1 times as many, but for English in Hindi."""
AROUND = ".,;:!?…\"'()¡¿«»#"


def _words(text: str) -> set[str]:
    """In lower case; cut at white space, since in some scripts a vowel's sign is no letter to a regular expression."""
    return {word.strip(AROUND) for word in text.lower().split()}


def _telling_words() -> dict[str, str]:
    """Word → its language: the words that one sentence of a pair has and the other lacks, and that stand in no other language's sentences."""
    every = {
        language: set().union(*(_words(each) for pair in pairs for each in pair)) for language, pairs in PAIRS.items()
    }
    telling = {}
    for language, pairs in PAIRS.items():
        others = set().union(*(words for other, words in every.items() if other != language))
        for positive, negative in pairs:
            for word in (_words(positive) ^ _words(negative)) - others:
                if len(word) >= SHORTEST:
                    telling[word] = language
    return telling


TELLING = _telling_words()


def languages_of(texts: pa.Array | pa.ChunkedArray) -> list[str]:
    """Strings → BCP 47, the most frequent first; empty where the texts hold too few words of any."""
    sample = texts.take(pa.array(range(0, len(texts), -(-len(texts) // SAMPLE) or 1), pa.int64())).to_pylist()
    rows = Counter(language for text in sample for language in _of(_words(text)))
    enough = max(LEAST_ROWS, LEAST_SHARE * len(sample), OF_THE_LARGEST * max(rows.values(), default=0))
    return [language for language, count in rows.most_common() if count >= enough]


def _of(words: Iterable[str]) -> set[str]:
    return {TELLING[word] for word in words if word in TELLING}
