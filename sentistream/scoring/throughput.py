"""How many texts a scorer scores in a second, as it goes."""

HORIZON_SECONDS = 1.0
"""Older scoring counts half for each so many seconds of scoring since."""


class Throughput:
    """A moving estimate, weighted by the time that scoring takes: what is quick or rare moves it little."""

    def __init__(self) -> None:
        self._texts = 0.0
        self._seconds = 0.0
        self._is_warm = False

    def add(self, texts: int, seconds: float) -> None:
        """Count one call; the first is left out, since it loads what the others use."""
        if not self._is_warm:
            self._is_warm = True
            return
        kept = 0.5 if self._seconds > HORIZON_SECONDS else 1.0
        self._texts = kept * self._texts + texts
        self._seconds = kept * self._seconds + seconds

    @property
    def per_second(self) -> float | None:
        """Texts a second; None before a second call."""
        return self._texts / self._seconds if self._texts and self._seconds else None
