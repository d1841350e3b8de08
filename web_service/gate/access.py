"""Who may ask: by which name of the service, from which page, with which token."""

import hmac
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sentistream.errors import UserError
from web_service.gate import cookie
from web_service.problems import ProblemError
from web_service.settings import SHORTEST_TOKEN, WebSettings

log = structlog.get_logger()
LONGEST_TOKEN = 4096
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = frozenset({"/v2/health/live", "/v2/health/ready", "/ping", "/token"})
"""What may be asked without a token: by who watches the service, which tells nothing but whether it answers, and by a browser that is to get one."""
FILES = "/static/"
"""Of the page that asks for the token; they are everybody's."""
HELD = "sentistream.token"
"""In a request's scope: whether it came with the token, or with what a browser holds in its place; None where the service has no token."""


class Access:
    """Refuses, before anything is read of a body.

    Args:
        app: what is behind it.
        settings: name the hosts, and say whether a token is needed.
        token: what a program has to send where it is; None where there is none.
    """

    def __init__(self, app: ASGIApp, settings: WebSettings, token: bytes | None) -> None:
        self._app = app
        self._hosts = settings.allowed_hosts
        self._token = token
        self._is_needed = settings.is_public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            try:
                headers = dict(reversed(scope["headers"]))
                self._require_place(scope["method"], headers, scope["headers"])
                scope[HELD] = self._held(scope["method"], scope["path"], headers)
            except ProblemError as refusal:
                await refusal.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _require_place(self, method: str, headers: Mapping[bytes, bytes], listed: list[tuple[bytes, bytes]]) -> None:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if sum(name == b"host" for name, _ in listed) != 1 or _name(host) not in self._hosts:
            raise ProblemError(
                421,
                "unknown_host",
                "The service is not asked under this name; WEB_ALLOWED_HOSTS lists those that it has.",
            )
        if method not in SAFE:
            _require_same_origin(host, headers)

    def _held(self, method: str, path: str, headers: Mapping[bytes, bytes]) -> bool | None:
        """Whether the token was sent, or a browser's cookie; None where there is no token.

        Raises:
            ProblemError: it wasn't and is needed, or another one was.
        """
        given = headers.get(b"authorization")
        if self._token is None:
            return None
        if given is None:
            # A browser says where a form stands; without that, a cookie writes nothing.
            says = method in SAFE or b"origin" in headers or b"sec-fetch-site" in headers
            if says and cookie.is_valid(self._token, headers.get(b"cookie"), time.time()):
                return True
            if not self._is_needed or path in OPEN or path.startswith(FILES):
                return False
        scheme, _, token = (given or b"").partition(b" ")
        if scheme.lower() != b"bearer" or not hmac.compare_digest(token.strip(), self._token):
            raise no_token()
        return True


def holds_token(request: Request) -> bool:
    """Whether a request came with the token, or with what a browser holds in its place."""
    return bool(request.scope.get(HELD))


def require_token(request: Request) -> None:
    """Refuse what changes something, unless it came with the token.

    Raises:
        ProblemError: it didn't.
    """
    if request.scope.get(HELD) is None:
        raise ProblemError(
            403, "no_token", "This service changes nothing, since it has no token: start it with WEB_TOKEN_FILE."
        )
    if not holds_token(request):
        raise no_token()


def no_token() -> ProblemError:
    """The refusal, which a browser shows as a page."""
    return ProblemError(
        401,
        "unauthorized",
        "Send the token that WEB_TOKEN_FILE holds, as `Authorization: Bearer …`; a browser is given it at /token.",
        {"WWW-Authenticate": "Bearer"},
    )


def token(settings: WebSettings) -> bytes | None:
    """What WEB_TOKEN_FILE holds; None where there is no such setting.

    Raises:
        UserError: it can't be read or is too short.
    """
    file = settings.token_file
    if file is None:
        return None
    try:
        with file.open("rb") as content:
            held = content.read(LONGEST_TOKEN).strip()
            others_may_read = os.fstat(content.fileno()).st_mode & stat.S_IROTH
    except OSError as refused:
        raise UserError(f"{file} (WEB_TOKEN_FILE) can't be read: {refused.strerror}.", exit_code=2) from refused
    if len(held) < SHORTEST_TOKEN:
        raise UserError(
            f"{file} (WEB_TOKEN_FILE) holds {len(held)} characters, a token has at least {SHORTEST_TOKEN}: "
            "`openssl rand -hex 32` makes one.",
            exit_code=2,
        )
    # In a container nobody else is there, and a secret has the mode that it has on the host.
    if others_may_read and file.parent != Path(os.environ.get("SECRETS_FOLDER", "/run/secrets")):
        log.warning("the token can be read by every user of this machine", file=str(file), remedy="chmod 600")
    return held


def _require_same_origin(host: str, headers: Mapping[bytes, bytes]) -> None:
    """Another site's page may not have a browser ask; programs send neither header."""
    site = headers.get(b"sec-fetch-site", b"none")
    origin = headers.get(b"origin")
    other = origin is not None and origin.decode("latin-1").lower().partition("://")[2] != host
    if site not in (b"none", b"same-origin") or other:
        raise ProblemError(403, "cross_origin", "Another site's page may not ask in a user's name.")


def _name(host: str) -> str:
    """Of a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host
