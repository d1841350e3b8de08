"""What a version said of the texts that came last: retweets and copies are computed once."""

import threading
from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np

from sentistream.scoring.sentiment import Probabilities

MOST_TEXTS = 32_768
LONGEST = 320
"""Characters: longer texts are rarely repeated, and a text is kept as it is. So some 20 MB at most, 8 MB as tweets are."""


class Remembered:
    """A bounded memory of scores, safe in any thread. Another process begins with an empty one."""

    def __init__(self, most: int = MOST_TEXTS) -> None:
        self._most = most
        self._known: dict[str, tuple[float, ...]] = {}
        self._lock = threading.Lock()

    def score(
        self, texts: Sequence[str], classes: int, compute: Callable[[Sequence[str]], Probabilities]
    ) -> Probabilities:
        """float64[texts, classes], each text that is not known computed once."""
        known = self._known
        found = [known.get(text) for text in texts]
        lacking = list(dict.fromkeys(text for text, row in zip(texts, found, strict=True) if row is None))
        if lacking:
            computed = dict(zip(lacking, map(tuple, compute(lacking).tolist()), strict=True))
            self._keep(computed)
            found = [row or computed[text] for text, row in zip(texts, found, strict=True)]
        return np.array(found, np.float64).reshape(len(texts), classes)

    def _keep(self, computed: dict[str, tuple[float, ...]]) -> None:
        with self._lock:
            self._known.update((text, row) for text, row in computed.items() if len(text) <= LONGEST)
            # The oldest go first: a dict keeps the order in which its keys came.
            for text in list(islice(self._known, max(0, len(self._known) - self._most))):
                del self._known[text]

    def __reduce__(self) -> "tuple[type[Remembered], tuple[int]]":
        """Without what is known, and without the lock."""
        return Remembered, (self._most,)
