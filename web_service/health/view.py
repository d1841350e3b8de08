"""The page: what was looked at, what is amiss, and what to do about it."""

import asyncio

from fastapi import Request, Response

from sentistream.lake.doctor.finding import Verdict
from sentistream.lake.doctor.record import Examination
from sentistream.lake.lake import Lake
from web_service.health import advice, lag
from web_service.health.advice import Advice
from web_service.health.lag import Broker, Lag
from web_service.health.letters import NEWEST, SHOWN_BYTES
from web_service.health.looked import Looked, Looking
from web_service.pages.rendering import page
from web_service.service import Service
from web_service.snapshot import Snapshot

WORST_FIRST = (Verdict.BROKEN, Verdict.NOTED, Verdict.SKIPPED, Verdict.KEPT)


class View:
    """Renders the page; one a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lake = Lake.at(service.settings.lake_uri)
        self._broker = Broker(service.settings)
        self._looking = Looking()

    async def page(self, request: Request, reason: str) -> Response:
        """As of now.

        Args:
            request: of a browser.
            reason: whose dead letters are opened; empty for none.
        """
        snapshot, held = await asyncio.gather(self._service.snapshots.now(), self._broker.held())
        found = await asyncio.to_thread(self._looking.look, self._lake, snapshot, reason)
        behind = held if isinstance(held, str) else lag.of(found.books.partitions if found.books else {}, held)
        return page(
            request,
            "health.html",
            active="Health",
            snapshot=snapshot,
            at=snapshot.taken_at,
            asked=reason,
            advice=self._advice(snapshot, found, behind),
            found=found,
            findings=_findings(found.examination),
            lag=None if isinstance(behind, str) else behind,
            no_lag=behind if isinstance(behind, str) else "",
            most=NEWEST,
            shown_bytes=SHOWN_BYTES,
        )

    def _advice(self, snapshot: Snapshot, found: Looked, behind: Lag | str) -> list[Advice]:
        """What is amiss, the worst first."""
        given: list[Advice | None] = [advice.unreadable(each) for each in found.refusals]
        if found.books is None and not found.refusals:
            given.append(advice.no_tables(self._lake.uri))
        if found.books is not None and not found.books.is_balanced:
            given.append(advice.unbalanced())
        broken = _findings(found.examination)[Verdict.BROKEN]
        if broken:
            given.append(advice.broken(len(broken)))
        if isinstance(behind, str):
            given.append(advice.no_broker(behind))
        elif behind.is_recreated:
            given.append(advice.recreated(self._broker.topic))
        elif found.committed is not None:
            given.append(advice.still(behind.outstanding, snapshot.taken_at - found.committed))
        if self._service.serving.scorer is None:
            given.append(advice.no_champion(self._service.serving.why_not))
        if found.examination is not None:
            given.append(advice.examined_long_ago(snapshot.taken_at - found.examination.ended))
        elif found.books is not None:
            given.append(advice.not_examined())
        return [each for each in given if each is not None]


def _findings(examination: Examination | None) -> dict[Verdict, list[object]]:
    """By verdict, the worst first."""
    all_of_them = examination.findings if examination is not None else ()
    return {verdict: [each for each in all_of_them if each.verdict is verdict] for verdict in WORST_FIRST}
