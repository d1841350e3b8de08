"""What the feed knows after a commit, and how it is told: to a page as values, to scripts as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from web_service.feed.newest import Tweet
from web_service.feed.window import STEP, Counted, switches

RATE_STEPS = 2
"""Whole steps that the rate is of: ten seconds."""
ENDS = 60
"""Steps at either end of the window that its change is told by: five minutes."""


@dataclass(frozen=True)
class State:
    """Silver's last 15 minutes at one version; nothing in it moves."""

    number: int = 0
    """Counts the states of one service."""
    versions: tuple[tuple[str, int], ...] = ()
    """What the footer names."""
    committed: float | None = None
    """When the newest version was committed, seconds since 1970; None where there was none."""
    first: int = 0
    end: int = 0
    """The window, seconds since 1970."""
    steps: Sequence[Counted] = ()
    tweets: Sequence[Tweet] = ()
    """The newest one first."""
    latency: tuple[float, float] | None = None
    """p50 and p99 from Kafka to readable, seconds, of the commits of a minute."""
    latency_tweets: int = 0
    why: str | None = field(default="Silver is being read.")
    """Why there is nothing, or not yet all, to show; None where there is."""

    @property
    def missing(self) -> str | None:
        """Why the footer names no version."""
        return self.why if not self.versions else None

    @property
    def taken_at(self) -> datetime | None:
        """As of when it is."""
        return None if self.committed is None else datetime.fromtimestamp(self.committed, UTC)

    @property
    def totals(self) -> tuple[int, int, int]:
        """Negative, neutral and positive tweets of the window."""
        return _sum(self.steps)

    @property
    def rate(self) -> float:
        """Tweets a second, of the last whole steps."""
        begin, end = self.rate_window
        return sum(step.tweets for step in self.steps if begin <= step.start < end) / (end - begin)

    @property
    def rate_window(self) -> tuple[int, int]:
        """What the rate is of: seconds since 1970."""
        end = self.end - STEP
        return end - RATE_STEPS * STEP, end

    @property
    def change(self) -> tuple[float, float] | None:
        """By how much the share of negative tweets of the last five minutes is above that of the first five, and half the width of the 95 % interval of that; None where either has none."""
        early = _sum([step for step in self.steps if step.start < self.first + ENDS * STEP])
        late = _sum([step for step in self.steps if step.start >= self.end - ENDS * STEP])
        before, after = sum(early), sum(late)
        if not before or not after:
            return None
        shares = early[0] / before, late[0] / after
        variance = sum(share * (1 - share) / tweets for share, tweets in zip(shares, (before, after), strict=True))
        return shares[1] - shares[0], 1.96 * variance**0.5

    @property
    def switches(self) -> list[tuple[int, str, int]]:
        """Where another version began to score, and the version; the first of the window, too."""
        return list(switches(list(self.steps)))

    def as_dict(self, steps: Sequence[Counted], tweets: Sequence[Tweet], after: int | None) -> dict[str, Any]:
        """For scripts.

        Args:
            steps: those that are told.
            tweets: those that are told.
            after: the state that this is a change of; None where all of it is told.
        """
        return {
            "number": self.number,
            "after": after,
            "versions": self.versions,
            "committed": self.committed,
            "first": self.first,
            "end": self.end,
            "step": STEP,
            "rate": self.rate,
            "totals": self.totals,
            "change": self.change,
            "latency": self.latency,
            "latency_tweets": self.latency_tweets,
            "switches": self.switches,
            "steps": [(each.start, each.negative, each.neutral, each.positive) for each in steps],
            "tweets": [tweet.as_dict() for tweet in tweets],
            "why": self.why,
        }


def _sum(steps: Sequence[Counted]) -> tuple[int, int, int]:
    return sum(s.negative for s in steps), sum(s.neutral for s in steps), sum(s.positive for s in steps)
