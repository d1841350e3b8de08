"""What every door and every page is given."""

from dataclasses import dataclass
from typing import Self

from web_service.feed.feed import Feed
from web_service.metrics import Metrics
from web_service.scoring.serving import Serving
from web_service.settings import WebSettings
from web_service.snapshot import Snapshots


@dataclass(frozen=True)
class Service:
    """One web service."""

    settings: WebSettings
    serving: Serving
    metrics: Metrics
    snapshots: Snapshots
    """Of the lake, for pages."""
    feed: Feed
    """What silver's commits bring, as they come."""

    @classmethod
    def of(cls, settings: WebSettings, serving: Serving) -> Self:
        """One whose parts fit together."""
        snapshots = Snapshots(settings.lake_uri)
        return cls(settings, serving, Metrics(serving), snapshots, Feed(settings))
