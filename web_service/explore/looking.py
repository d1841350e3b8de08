"""One look at the lake: what an address asks for, of which versions, and the work that answers it in a box."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import pyarrow as pa
from starlette.requests import Request

from sentistream.lake.tables import SCORED
from web_service.explore import answer, sampling, selection, tweets, words
from web_service.explore.answer import READ_AT_ONCE, Counted, Shown
from web_service.explore.asking import Asked, Asking
from web_service.explore.charts import Chart
from web_service.explore.pinning import Tables, tables
from web_service.explore.remembered import Remembered
from web_service.explore.sampling import SEED, Sample
from web_service.explore.selection import ALL, Selection, UnclearError
from web_service.explore.words import Sampled
from web_service.gate.scope import LASTS
from web_service.problems import not_ready, unprocessable
from web_service.settings import WebSettings
from web_service.snapshot import Snapshot, Snapshots

T = TypeVar("T")


@dataclass(frozen=True)
class Look:
    """What an address asks for."""

    selection: Selection
    other: Selection | None
    """What it is held against."""
    exact: bool
    """Whether all tweets are read, however long that takes."""
    snapshot: Snapshot
    tables: Tables

    @property
    def before(self) -> Selection:
        """What movers are told by: the other selection, or the time before."""
        return self.other or self.selection.before()


@dataclass(frozen=True)
class Answers:
    """The charts of a look."""

    counted: Counted
    shown: dict[str, Shown]
    other: Counted | None
    other_shown: dict[str, Shown]
    """Of the other selection, where one was asked for."""
    moved: dict[str, Shown]
    """`difference` and `movers`; none where the time before was not asked for and would have to be read from silver."""


@dataclass(frozen=True)
class Listed:
    """Rows of a question to silver, and which of the selection's tweets it read."""

    shown: Shown
    since: datetime
    """From then on."""
    sample: Sample | None = None
    sampled: Sampled = field(default_factory=Sampled)


class Looker:
    """One for a service."""

    def __init__(self, settings: WebSettings, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self._asking = Asking(settings)
        self._remembered = Remembered()
        self._pinned: tuple[Snapshot, Tables] | None = None

    async def look(self, request: Request) -> Look:
        """What a request's address asks for.

        Raises:
            ProblemError: there is nothing to look at yet, or the address can't be meant.
        """
        snapshot = await self._snapshots.now()
        if snapshot.missing is not None:
            raise not_ready(snapshot.missing)
        given = request.query_params
        at = given.get("at")
        pinned = await asyncio.to_thread(self._tables, snapshot, at)
        try:
            chosen, other = selection.parse(given.multi_items(), pinned.newest)
        except UnclearError as unclear:
            raise unprocessable("unclear_filter", str(unclear)) from unclear
        handles = {table: each.handle for table, each in pinned.pinned.items()}
        seen = replace(snapshot, tables={**snapshot.tables, **handles})
        return Look(chosen, other, given.get("exact") == "1", seen, pinned)

    def _tables(self, snapshot: Snapshot, at: str | None) -> Tables:
        if at is not None:
            return tables(snapshot, at)
        # Where a table's files lie in time is read of its log once a version.
        if self._pinned is None or self._pinned[0] is not snapshot:
            self._pinned = snapshot, tables(snapshot, None)
        return self._pinned[1]

    async def answers(self, request: Request, look: Look) -> Answers:
        """The charts.

        Raises:
            ProblemError: as `Asking.ask`.
            ClientDisconnect: the viewer has left.
        """
        others = [] if look.other is None else [look.other]
        is_long = look.exact and any(answer.is_long(look.tables.pinned, each) for each in (look.selection, *others))
        return await self._ask(request, look, lambda asked: self._answers(asked, look), is_long)

    async def words(self, request: Request, look: Look) -> Listed:
        """Words of the negative tweets against those of the positive ones; of two selections those of the one against those of the other."""
        return await self._ask(request, look, lambda asked: self._words(asked, look))

    async def tweets(self, request: Request, look: Look) -> Listed:
        """The newest tweets."""
        return await self._ask(request, look, lambda asked: _tweets(asked, look))

    async def _ask(self, request: Request, look: Look, work: Callable[[Asked], T], is_long: bool = False) -> T:
        if is_long:
            # It has bounds of its own.
            request.scope[LASTS]()
        return await self._asking.ask(request, work, look.tables.reach, is_long)

    def _counted(self, asked: Asked, look: Look, chosen: Selection, n: str = "") -> Counted:
        pinned = look.tables.pinned
        source = answer.source(pinned, chosen)
        known = self._remembered.get(str(source.table), source.version, chosen, look.exact, n)
        if known is not None:
            return known
        found = answer.counted(asked, pinned, chosen, look.exact, n)
        self._remembered.keep(found, look.exact)
        return found

    def _answers(self, asked: Asked, look: Look) -> Answers:
        counted = self._counted(asked, look, look.selection)
        shown = answer.shown(asked, counted)
        other = None
        if look.other is not None or counted.source.table != SCORED:
            other = self._counted(asked, look, look.before, "_other")
        if other is None:
            return Answers(counted, shown, None, {}, {})
        others = answer.shown(asked, other) if look.other is not None else {}
        return Answers(counted, shown, other, others, answer.held_against(asked, counted, other))

    def _words(self, asked: Asked, look: Look) -> Listed:
        own = [look.selection] if look.other is None else [look.selection, look.other]
        silver = look.tables.pinned[SCORED]
        samples = [_sample(look, each) for each in own]
        texts = 0
        for each, sample in zip(own, samples, strict=True):
            counted = self._counted(asked, look, each)
            found = sum(
                row["tweets"]
                for row in counted.rows.select(["rule", "lang", "tweets"]).to_pylist()
                if row["rule"] == (each.rule or ALL) and (not each.languages or row["lang"] in each.languages)
            )
            if sample is not None and counted.sample is None:
                # Of these the slices hold their share.
                found = int(found * sample.seconds * len(sample.slices) / each.length.total_seconds())
            texts += found
        sampled = Sampled.of(texts, SEED)
        slices = [sample.slices if sample is not None else () for sample in samples]
        if look.other is None:
            title, question = "Words", words.of_sentiments(look.selection, sampled, slices[0])
        else:
            title = "Words of the one against those of the other"
            question = words.of_two(look.selection, look.other, sampled, *slices)
        spans = [span for each, part in zip(own, slices, strict=True) for span in part or ((each.since, each.until),)]
        silver.show(asked.connection, silver.files.of(spans))
        rows = asked.answer(question)
        return Listed(
            Shown(Chart("words", title, question.sql), rows, question), look.selection.since, samples[0], sampled
        )


def _sample(look: Look, chosen: Selection) -> Sample | None:
    rows = look.tables.pinned[SCORED].rows_within(chosen.since, chosen.until)
    return sampling.drawn(chosen, rows) if rows > READ_AT_ONCE else None


def _tweets(asked: Asked, look: Look) -> Listed:
    silver = look.tables.pinned[SCORED]
    files = silver.files.within(look.selection.since, look.selection.until)
    since = tweets.begin(files, look.selection.since, READ_AT_ONCE)
    silver.show(asked.connection, files.within(since, look.selection.until))
    question = tweets.newest(look.selection, since)
    rows: pa.Table = asked.answer(question)
    return Listed(Shown(Chart("tweets", "Newest tweets", question.sql), rows, question), since)
