"""A scorer is warmed up before it serves: the first call may load what the others use, and its speed is known from then on."""

import time

from sentistream.scoring import probe
from sentistream.scoring.scorer import Scorer

MEASURED_SECONDS = 0.1
"""How long its speed is measured."""


def up(scorer: Scorer) -> None:
    """Score the probe's sentences until the speed is known."""
    scorer.score(probe.TEXTS)
    ended = time.perf_counter() + MEASURED_SECONDS
    while True:
        scorer.score(probe.TEXTS)
        if time.perf_counter() >= ended:
            break
