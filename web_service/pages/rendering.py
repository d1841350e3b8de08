"""A page: its template in the frame that all pages share, and the headers that keep foreign text inert."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse

from sentistream import __version__, look
from web_service.pages.figures import FILTERS
from web_service.pages.static import Static
from web_service.service import Service

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


class Pinned(Protocol):
    """What the numbers of a page are of."""

    @property
    def versions(self) -> Sequence[tuple[str, int]]:
        """What the footer names."""

    @property
    def missing(self) -> str | None:
        """Why it names none."""

    @property
    def taken_at(self) -> datetime | None:
        """As of when they are."""


@dataclass(frozen=True)
class Place:
    """A page in the navigation."""

    name: str
    path: str
    key: str
    """Goes there, after `g`."""


PLACES = (
    Place("Live", "/", "l"),
    Place("Explore", "/explore", "e"),
    Place("Why", "/why", "w"),
    Place("Models", "/models", "m"),
    Place("Health", "/health", "h"),
    Place("Label", "/label", "b"),
)


class Frame:
    """Renders templates; one an application.

    Args:
        service: says which version answers, and which snapshot of the lake is the newest known.
        static: what templates link to.
        paths: of the application; the navigation shows the pages that are among them.
    """

    def __init__(self, service: Service, static: Static, paths: Collection[str]) -> None:
        self._service = service
        self._root = service.settings.web_root_path
        self._environment = look.environment(TEMPLATES)
        self._environment.filters |= FILTERS
        self._environment.globals |= {
            "root": self._root,
            "url": lambda path: f"{self._root}{path}",
            "static": lambda name: f"{self._root}{static.address(name)}",
            "places": [place for place in PLACES if place.path in paths],
            "paths": frozenset(paths),
            "software": __version__,
        }

    def page(
        self, name: str, *, active: str, snapshot: Pinned | None = None, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A template as an answer.

        Args:
            name: of the template, which extends `base.html`.
            active: which place of the navigation it is; empty where it is none.
            snapshot: of the lake, whose versions the footer names; else the newest that was taken.
            status: of HTTP.
            values: what the template is given.
        """
        scorer = self._service.serving.scorer
        html = self._environment.get_template(name).render(
            active=active,
            model=scorer.version if scorer is not None else None,
            why_no_model=self._service.serving.why_not,
            snapshot=snapshot or self._service.snapshots.latest,
            **values,
        )
        return HTMLResponse(html, status, HEADERS)


def page(
    request: Request,
    name: str,
    *,
    active: str,
    snapshot: Pinned | None = None,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """As `Frame.page`, of the application that was asked."""
    frame: Frame = request.app.state.frame
    return frame.page(name, active=active, snapshot=snapshot, status=status, **values)
