"""What every door is given."""

from dataclasses import dataclass

from web_service.metrics import Metrics
from web_service.scoring.serving import Serving
from web_service.settings import WebSettings


@dataclass(frozen=True)
class Service:
    """One web service."""

    settings: WebSettings
    serving: Serving
    metrics: Metrics
