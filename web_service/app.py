"""The application: the doors, behind who may ask and how much."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from sentistream import __version__
from web_service.doors import about, described, inference, invocations, score
from web_service.explore import page as explore_page
from web_service.gate.access import Access
from web_service.gate.limits import Limits
from web_service.gate.scope import IS_HEAD
from web_service.health import page as health_page
from web_service.live import page as live_page
from web_service.models import page as models_page
from web_service.pages.problem_page import ProblemPages
from web_service.pages.rendering import Frame
from web_service.pages.static import Static
from web_service.problems import ProblemError
from web_service.service import Service
from web_service.token import page as token_page
from web_service.why import page as why_page

PAGES = (live_page, explore_page, why_page, models_page, health_page)
"""Modules with a `router(service)`, in the order of the navigation."""
DESCRIPTION = "Scores texts by the model that the stream scores with: the same text gives the same bits."
REASONS = {
    404: ("not_found", "There is nothing here; /docs shows what there is."),
    405: ("method_not_allowed", "This is not how it is asked; /docs shows how."),
}


def application(service: Service, token: bytes | None) -> ASGIApp:
    """All of it.

    Args:
        service: what the doors are given.
        token: what a program has to send; None where there is none.
    """
    doors = FastAPI(
        title="sentistream",
        version=__version__,
        description=DESCRIPTION,
        root_path=service.settings.web_root_path,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={ProblemError: _refused, HTTPException: _not_here, Exception: _failed},
    )
    routers = [each.router(service) for each in (score, inference, invocations)]
    for router in routers:
        doors.include_router(router)
    about.add(doors, service)
    frame = _add_pages(doors, service, token) if service.settings.web_pages else None
    _describe(doors)
    bounded = Limits(Access(_Direct(doors, routers), service.settings, token), service.settings, service.metrics)
    return bounded if frame is None else ProblemPages(bounded, frame)


def _add_pages(doors: FastAPI, service: Service, token: bytes | None) -> Frame:
    """The pages, and the frame that they share."""
    static = Static()
    routers = [static.router(), token_page.router(service, token), *(each.router(service) for each in PAGES)]
    for router in routers:
        doors.include_router(router)
    paths = {route.path for router in routers for route in router.routes if isinstance(route, APIRoute)}
    frame = Frame(service, static, paths)
    doors.state.frame = frame
    return frame


class _Direct:
    """Goes to a door that takes a body at a path of its own without FastAPI's routing, which costs as much as the rest; all else goes through FastAPI."""

    def __init__(self, doors: FastAPI, routers: Sequence[APIRouter]) -> None:
        self._doors = doors
        routes = [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
        self._routes = {each.path: each for each in routes if each.methods == {"POST"} and "{" not in each.path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope.get("method") == "HEAD":
            # As GET, to which the server then writes no body (RFC 9110, 9.3.2).
            asked = {**scope, "method": "GET", IS_HEAD: True}
            await self._doors(asked, receive, send)
            scope["route"] = asked.get("route")
            return
        route = self._routes.get(scope.get("path", "")) if scope.get("method") == "POST" else None
        if route is None:
            await self._doors(scope, receive, send)
            return
        scope["route"] = route
        try:
            answer: Response = await route.endpoint(Request(scope, receive, send))
        except ProblemError as refusal:
            answer = refusal.response()
        await answer(scope, receive, send)


def _describe(doors: FastAPI) -> None:
    """Add to the document what all refusals have in common; it is made once."""
    made = doors.openapi()
    schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = described.Problem.model_json_schema()


async def _refused(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, ProblemError)  # noqa: S101 - it is registered for these
    return refusal.response()


async def _not_here(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)  # noqa: S101 - it is registered for these
    reason, detail = REASONS.get(refusal.status_code, ("refused", refusal.detail))
    return ProblemError(refusal.status_code, reason, detail, refusal.headers).response()


async def _failed(_request: Request, _wrong: Exception) -> Response:
    return ProblemError(500, "failed", "The service failed at this request; its log says where.").response()
