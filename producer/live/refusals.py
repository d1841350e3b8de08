"""What X says when it refuses, and which of it a person has to mend.

X describes a refusal as a problem (RFC 9457) or a list of them: `title`, `detail`, `type` (its last part is the kind), for some `reason` or
`connection_issue`: https://docs.x.com/x-api/fundamentals/response-codes-and-errors.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from sentistream.errors import UserError

SHOWN = 300
"""Characters of X's own words that a message repeats."""
WORTH_ANOTHER_TRY = (408, 409, 420, 429)
"""The only client errors that pass by themselves; 409 is a stream without rules, and ours may have been made a moment ago."""


@dataclass(frozen=True)
class Problem:
    """One problem as X describes it; what is missing is empty."""

    title: str = ""
    detail: str = ""
    kind: str = ""
    reason: str = ""
    connection_issue: str = ""
    value: str = ""

    def __str__(self) -> str:
        words = ": ".join(dict.fromkeys(part for part in (self.title, self.detail) if part))
        return words[:SHOWN] or self.kind or "no reason given"

    @property
    def too_many_connections(self) -> bool:
        """True where the plan's connections are all in use."""
        return self.connection_issue == "TooManyConnections" or "maximum allowed connection" in self.detail

    @property
    def rules_cap(self) -> bool:
        """True where the plan's number of rules is used up."""
        return "cap" in self.kind or "cap" in self.title.lower()

    @property
    def operational_disconnect(self) -> bool:
        """True where X ends a connection for reasons of its own, and asks for another one."""
        return "operational-disconnect" in (self.title.lower(), self.kind) or self.title == "OperationalDisconnect"


def problems(body: Any) -> tuple[Problem, ...]:
    """The problems in an answer's body: its bytes, or the object parsed from them; none where it is something else."""
    if isinstance(body, bytes):
        try:
            body = orjson.loads(body)
        except orjson.JSONDecodeError:
            return ()
    if not isinstance(body, dict):
        return ()
    listed = body.get("errors")
    objects = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not objects and any(key in body for key in ("title", "detail", "connection_issue", "message")):
        objects = [body]
    return tuple(_problem(each) for each in objects)


def _problem(described: dict[str, Any]) -> Problem:
    def text(*names: str) -> str:
        value = next((described[name] for name in names if described.get(name)), "")
        return "; ".join(map(str, value)) if isinstance(value, list) else str(value)

    return Problem(
        title=text("title"),
        detail=text("detail", "details", "message"),
        kind=text("type").rstrip("/").rpartition("/")[2],
        reason=text("reason"),
        connection_issue=text("connection_issue"),
        value=text("value"),
    )


def refusal(status: int, causes: tuple[Problem, ...]) -> UserError | None:
    """What a person has to mend, in one sentence; None where X asks to come back later."""
    said = "; ".join(map(str, causes)) or "no reason given"
    if any(each.kind == "usage-capped" or each.title == "UsageCapExceeded" for each in causes):
        return UserError(f"The usage that X allows your project for this period is used up ({said}).")
    if status in WORTH_ANOTHER_TRY or status >= 500:
        return None
    if status == 401:
        return UserError(
            "X does not know the token in X_BEARER_TOKEN (401): copy the app's bearer token again, a new one replaces the old."
        )
    if status == 402:
        return UserError(f"X wants credits for this (402, {said}): buy some in X's developer console.")
    if status == 403 and any(each.reason == "client-not-enrolled" for each in causes):
        return UserError(
            "X refuses the app (403 client-not-enrolled): attach it to a project that has access to the filtered stream, in X's developer "
            "console, and take the bearer token from there."
        )
    return UserError(f"X refuses the request ({status}): {said}")


TOO_MANY_CONNECTIONS = (
    "X refuses another connection (TooManyConnections): another program reads the app's stream, or one that was just killed; "
    "end it, or try again in a minute."
)


def rules_refusal(causes: tuple[Problem, ...]) -> UserError:
    """What is wrong with the rules that were to be added, in one sentence."""
    if any(each.rules_cap for each in causes):
        return UserError(
            f"The app's plan allows no more rules ({causes[0]}): give fewer --query, join some by OR, or --foreign-rules remove."
        )
    named = "; ".join(
        f"{each.value[:60]!r} ({len(each.value)} characters): {each}" if each.value else str(each) for each in causes
    )
    return UserError(f"X refuses the query {named}")
