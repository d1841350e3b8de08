"""The Live page's doors: the page, the state and the events of the feed, and each chart as CSV and SQL."""

import io
from collections.abc import Iterable

import pyarrow as pa
from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse, StreamingResponse

from web_service.feed.newest import MOST
from web_service.feed.state import State
from web_service.feed.window import SPAN, Counted
from web_service.gate.scope import IS_HEAD, LASTS
from web_service.live import sql
from web_service.pages.rendering import page
from web_service.problems import ProblemError
from web_service.service import Service

ROWS = 15
"""Of the table below the chart: minutes."""
NO_STORE = {"Cache-Control": "no-store"}
SCHEMA = pa.schema(
    {
        "step_start": pa.timestamp("us", "UTC"),
        **dict.fromkeys(("tweets", "negative", "neutral", "positive"), pa.int64()),
        "model_name": pa.string(),
        "model_version": pa.int32(),
    }
)


def router(service: Service) -> APIRouter:
    """The doors."""
    doors = APIRouter(include_in_schema=False)
    feed = service.feed

    @doors.get("/")
    async def live(request: Request) -> Response:
        state = feed.state
        return page(
            request,
            "live.html",
            active="Live",
            snapshot=state,
            state=state,
            minutes=_minutes(state),
            span=SPAN // 60,
        )

    @doors.get("/live/state")
    async def whole() -> Response:
        return Response(feed.whole(), media_type="application/json", headers=NO_STORE)

    @doors.get("/live/events")
    async def events(request: Request) -> Response:
        kind, headers = "text/event-stream", {**NO_STORE, "X-Accel-Buffering": "no"}
        if request.scope.get(IS_HEAD):
            return Response(media_type=kind, headers=headers)
        told = feed.viewers.join(request.headers.get("last-event-id"), feed.beat())
        request.scope[LASTS]()
        return StreamingResponse(told, media_type=kind, headers=headers)

    @doors.get("/live/shares.csv")
    async def shares() -> Response:
        state = _shown(feed.state)
        [(_, version)] = state.versions
        name = f"shares-silver-{version}.csv"
        disposition = f'attachment; filename="{name}"'
        return Response(
            _csv(state.steps), media_type="text/csv", headers={**NO_STORE, "Content-Disposition": disposition}
        )

    @doors.get("/live/shares.sql")
    async def shares_as_sql() -> Response:
        return PlainTextResponse(sql.shares(_shown(feed.state)), headers=NO_STORE)

    @doors.get("/live/newest.sql")
    async def newest_as_sql() -> Response:
        return PlainTextResponse(sql.newest(_shown(feed.state), MOST), headers=NO_STORE)

    return doors


def _shown(state: State) -> State:
    """One that there is something of.

    Raises:
        ProblemError: there is nothing yet.
    """
    if not state.versions:
        raise ProblemError(503, "nothing_yet", state.why or "Silver was not read yet.", {"Retry-After": "5"})
    return state


def _minutes(state: State) -> list[tuple[int, int, int, int]]:
    """The newest minutes that have tweets: their starts, and negative, neutral and positive tweets."""
    sums: dict[int, tuple[int, int, int]] = {}
    for step in state.steps:
        minute = step.start // 60 * 60
        before = sums.get(minute, (0, 0, 0))
        sums[minute] = (before[0] + step.negative, before[1] + step.neutral, before[2] + step.positive)
    return [(minute, *sums[minute]) for minute in sorted(sums, reverse=True)[:ROWS]]


def _csv(steps: Iterable[Counted]) -> bytes:
    """The steps, as `shares.sql` gives them; of text that a spreadsheet would run, inert."""
    from sentistream.lake.query import formats
    from sentistream.lake.query.engine import Answer

    rows = [
        (step.start * 1_000_000, step.tweets, step.negative, step.neutral, step.positive, *step.model)
        for step in steps
        if step.tweets
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(SCHEMA)
    batch = pa.record_batch([pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)], SCHEMA)
    written = io.BytesIO()
    formats.write(Answer(SCHEMA, iter([batch])), formats.Format.CSV, written)
    return written.getvalue()
