"""`/token`: a form that turns the token into a cookie; the token stands in no address and in no log."""

import hmac
import time

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from web_service.gate import cookie, forms
from web_service.gate.access import holds_token
from web_service.pages.rendering import page
from web_service.problems import ProblemError
from web_service.service import Service

log = structlog.get_logger()
SEE_OTHER = 303


def router(service: Service, token: bytes | None) -> APIRouter:
    """The form, and what takes it.

    Args:
        service: says where the pages are.
        token: what is to be given; None where there is none.
    """
    doors, root = APIRouter(), service.settings.web_root_path

    @doors.get("/token", include_in_schema=False)
    async def form(request: Request) -> Response:
        held, hours = holds_token(request), cookie.SECONDS // 3600
        return page(request, "token.html", active="", is_held=held, is_set=token is not None, hours=hours)

    @doors.post("/token", include_in_schema=False)
    async def give(request: Request) -> Response:
        given = (await forms.fields(request)).get("token", "").strip().encode()
        if token is None or not hmac.compare_digest(given, token):
            raise ProblemError(401, "unauthorized", "This is not the token that WEB_TOKEN_FILE holds.")
        log.info("a browser gave the token")
        answer = RedirectResponse(f"{root}/models", SEE_OTHER)
        _set(answer, request, cookie.issued(token, time.time()), cookie.SECONDS)
        return answer

    @doors.post("/token/end", include_in_schema=False)
    async def end(request: Request) -> Response:
        answer = RedirectResponse(f"{root}/token", SEE_OTHER)
        _set(answer, request, "", 0)
        return answer

    def _set(answer: Response, request: Request, value: str, seconds: int) -> None:
        answer.set_cookie(
            cookie.NAME,
            value,
            max_age=seconds,
            path=root or "/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )

    return doors
