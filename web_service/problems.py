"""Why a request is refused, as `application/problem+json` (RFC 9457); no sentence holds anything of a text."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A refusal, on its way to whoever asked.

    Args:
        status: of HTTP.
        reason: a code for programs.
        detail: a sentence for people.
        headers: beside the answer's own.
        more: members beside RFC 9457's.
    """

    def __init__(
        self, status: int, reason: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail = status, reason, detail
        self.headers = dict(headers or {})
        self.more = more

    def response(self) -> Response:
        """The answer; `error` repeats the sentence for clients of the Open Inference Protocol."""
        title = HTTPStatus(self.status).phrase
        body = {
            "type": "about:blank",
            "title": title,
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
            **self.more,
            "error": self.detail,
        }
        return Response(orjson.dumps(body), self.status, self.headers, MEDIA_TYPE)


def busy(detail: str, seconds: int = 1) -> ProblemError:
    """Too much is asked at once."""
    return ProblemError(429, "too_many_requests", detail, {"Retry-After": str(seconds)})


def not_ready(detail: str, seconds: int = 5) -> ProblemError:
    """There is nothing that scores now."""
    return ProblemError(503, "not_ready", detail, {"Retry-After": str(seconds)})


def unprocessable(reason: str, detail: str, **more: Any) -> ProblemError:
    """The body is JSON, and not what the door takes."""
    return ProblemError(422, reason, detail, **more)
