"""`GET /health`: the page's door."""

import asyncio
import re
from functools import cache
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from web_service.service import Service

if TYPE_CHECKING:
    from web_service.health.view import View

REASON = re.compile("[a-z0-9_]{1,40}")


def router(service: Service) -> APIRouter:
    """The door."""
    doors = APIRouter()

    @cache
    def view() -> "View":
        # delta-rs and Kafka's client, which a service that only scores does without.
        from web_service.health.view import View

        return View(service)

    @doors.get("/health", include_in_schema=False)
    async def health(request: Request, reason: Annotated[str, Query()] = "") -> Response:
        shown = await asyncio.to_thread(view)
        return await shown.page(request, reason if REASON.fullmatch(reason) else "")

    return doors
