"""What tells about the service: its metrics, its OpenAPI document, and a page that shows that."""

from typing import Any

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from web_service.doors import documentation
from web_service.service import Service

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def add(app: FastAPI, service: Service) -> None:
    """The doors; the page is made of the application's own document."""
    doors = APIRouter()

    @doors.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(service.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @doors.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        document: dict[str, Any] = app.openapi()
        page = documentation.of(document, service.settings.web_root_path)
        return Response(page, media_type="text/html", headers=PAGE_HEADERS)

    app.include_router(doors)
