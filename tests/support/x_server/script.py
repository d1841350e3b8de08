"""What the stand-in does on a connection: a script is a list of connections, each one refusal or a list of steps."""

from dataclasses import dataclass, field
from typing import Any

import orjson

PROBLEMS = "https://api.twitter.com/2/problems/"


@dataclass(frozen=True)
class Posts:
    """Send the next posts, `number` of them or all that are left."""

    number: int | None = None


@dataclass(frozen=True)
class Repeat:
    """Send again the last `number` posts that were sent."""

    number: int


@dataclass(frozen=True)
class CutLine:
    """Send half of the next post and break the connection; the post comes whole later."""

    politely: bool = False
    """End the answer as if it were complete, instead of in the middle of a chunk."""


@dataclass(frozen=True)
class KeepAlive:
    """Send an empty line."""


@dataclass(frozen=True)
class Silence:
    """Keep the connection open and send nothing until the client leaves."""


@dataclass(frozen=True)
class Raw:
    """Send a line of any bytes."""

    line: bytes


@dataclass(frozen=True)
class Gzip:
    """Compress the connection."""


Step = Posts | Repeat | CutLine | KeepAlive | Silence | Raw | Gzip


@dataclass(frozen=True)
class Refusal:
    """Answer with an error."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def unauthorized() -> Refusal:
    return Refusal(401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})


def client_not_enrolled() -> Refusal:
    return Refusal(
        403,
        {
            "client_id": "101010",
            "detail": "When authenticating requests to the Twitter API v2 endpoints, you must use keys and tokens from a Twitter developer App "
            "that is attached to a Project. You can create a project via the developer portal.",
            "registration_url": "https://developer.twitter.com/en/docs/projects/overview",
            "title": "Client Forbidden",
            "required_enrollment": "Standard Basic",
            "reason": "client-not-enrolled",
            "type": PROBLEMS + "client-forbidden",
        },
    )


def rate_limited(reset: float | None = None, retry_after: int | None = None) -> Refusal:
    headers = (
        {}
        if reset is None
        else {"x-rate-limit-limit": "50", "x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(reset))}
    )
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Refusal(
        429,
        {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429},
        headers,
    )


def unavailable(retry_after: int | None = None) -> Refusal:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    body = {"title": "Service Unavailable", "detail": "Service Unavailable", "type": "about:blank", "status": 503}
    return Refusal(503, body, headers)


def too_many_connections() -> Refusal:
    return Refusal(
        429,
        {
            "title": "ConnectionException",
            "detail": "This stream is currently at the maximum allowed connection limit.",
            "connection_issue": "TooManyConnections",
            "type": PROBLEMS + "streaming-connection",
        },
    )


def operational_disconnect() -> Raw:
    """X's message before it ends a connection for reasons of its own."""
    return Raw(
        orjson.dumps(
            {
                "errors": [
                    {
                        "title": "operational-disconnect",
                        "disconnect_type": "UpstreamOperationalDisconnect",
                        "detail": "This stream has been disconnected upstream for operational reasons.",
                        "type": PROBLEMS + "operational-disconnect",
                    }
                ]
            }
        )
    )
