"""`/models`: the versions, which one scores and how good each is; and, for who holds the token, the way back and a promotion that was won."""

import asyncio
from collections.abc import Sequence
from string import ascii_uppercase
from typing import NamedTuple

import structlog
from fastapi import APIRouter, Request, Response

from sentistream.contracts.labels import SENTIMENTS
from sentistream.evaluation.entry import Entry
from sentistream.lake.tables import sql_folder
from web_service.doors.answers import Json
from web_service.gate import forms
from web_service.gate.access import holds_token, require_token
from web_service.models import moves
from web_service.models.chart import chart
from web_service.models.looking import Looking
from web_service.models.record import Record
from web_service.pages.rendering import page
from web_service.problems import not_ready
from web_service.service import Service

log = structlog.get_logger()


class Rows(NamedTuple):
    """What decides which rows a version's test figures are of."""

    data_sha256: tuple[str, ...]
    """Of the files."""
    split: str
    labels: str


def router(service: Service) -> APIRouter:
    """The page and the two moves."""
    doors, looking = APIRouter(include_in_schema=False), Looking(service)
    sql = (
        (sql_folder() / "queries" / "model_comparison.sql")
        .read_text("utf-8")
        .replace("{scored_tweets}", "scored_tweets")
    )

    def shown(request: Request, record: Record | None, said: str = "") -> Response:
        champion = record.named(service.settings.model_alias) if record is not None else None
        data = letters(record.entries) if record is not None else {}
        by_version = {number: letter for letter, (_, numbers) in data.items() for number in numbers}
        serving = service.serving.scorer
        return page(
            request,
            "models.html",
            active="Models",
            record=record,
            trouble=looking.trouble,
            said=said,
            alias=service.settings.model_alias,
            champion=champion,
            serving=serving.version.version if serving is not None else None,
            data=by_version,
            data_named=[(letter, rows) for letter, (rows, _) in data.items()],
            chart=chart(record.entries, champion, by_version) if record is not None else None,
            may_write=holds_token(request),
            sentiments=SENTIMENTS,
            sql=sql,
        )

    @doors.get("/models")
    async def models(request: Request) -> Response:
        return shown(request, await looking.record())

    @doors.post("/models/rollback")
    async def rollback(request: Request) -> Response:
        require_token(request)
        to = forms.number(await forms.fields(request), "to")
        return await moved(request, await asyncio.to_thread(moves.roll_back, service.settings, to))

    @doors.post("/models/promote")
    async def promote(request: Request) -> Response:
        require_token(request)
        version = forms.number(await forms.fields(request), "version")
        record = await looking.record()
        if record is None:
            raise not_ready(looking.trouble or "The versions are being looked up: ask again in some seconds.")
        return await moved(request, await asyncio.to_thread(moves.promote, service.settings, record, version))

    async def moved(request: Request, said: str) -> Response:
        log.info("an alias was moved", said=said)
        looking.forget()
        if "text/html" not in request.headers.get("accept", ""):
            return Json({"detail": said})
        return shown(request, await looking.record(), said)

    return doors


def letters(entries: Sequence[Entry]) -> dict[str, tuple[Rows, list[int]]]:
    """A, B, … → the test rows that some versions were measured on, and those versions, the newest first; none for rows that are not known."""
    found: dict[Rows, list[int]] = {}
    for each in entries:
        if each.measured is not None and each.measured.data_sha256 and each.version is not None:
            rows = Rows(tuple(sorted(each.measured.data_sha256)), each.version.split, str(each.version.labels))
            found.setdefault(rows, []).append(each.number)
    return {_letter(place): item for place, item in enumerate(found.items())}


def _letter(place: int) -> str:
    return ascii_uppercase[place] if place < len(ascii_uppercase) else f"Z{place}"
