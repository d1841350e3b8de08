"""`/why`: the text large, each piece in the colour of what it speaks for, the sum in a sentence, and what would turn it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from sentistream.contracts import tweet_text
from sentistream.contracts.labels import POSITIVE
from sentistream.contracts.topic import decimal_id
from sentistream.errors import UserError
from sentistream.scoring.explanation import told
from sentistream.scoring.explanation.explained import Explanation, How, explain
from sentistream.scoring.scorer import Scorer
from web_service.doors.answers import Json
from web_service.pages.rendering import page
from web_service.problems import ProblemError
from web_service.service import Service
from web_service.why import tweet as tweets
from web_service.why.tweet import Tweet
from web_service.why.versions import Versions

LEVELS = 4
"""Of colour."""
AT_ONCE = 2
"""Texts that are explained at a time: it holds the interpreter's lock, which scoring needs."""
SAME = 1e-9
"""How far a probability may be from the stored one: as far as two engines may be (docs/design.md, invariant 1)."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text, as it is coloured."""

    text: str
    speaks_for: str
    """A class, or empty."""
    level: int
    weight: float


@dataclass(frozen=True)
class Answer:
    """What is found for who asks."""

    found: Explanation | None = None
    tweet: Tweet | None = None
    """Where one was asked for."""
    instead: str = ""
    """Why not the version explains it that scored it."""
    why_not: str = ""
    """Why there is no explanation."""

    @property
    def is_same(self) -> bool:
        """Whether silver holds what the version says."""
        if self.found is None or self.tweet is None:
            return False
        return abs(self.found.probabilities[POSITIVE] - self.tweet.p_positive) <= SAME


def router(service: Service) -> APIRouter:
    """The page, and the same for programs."""
    doors, versions, turns = (
        APIRouter(include_in_schema=False),
        Versions(service.settings, service.serving),
        asyncio.Semaphore(AT_ONCE),
    )

    async def explained(scorer: Scorer, text: str) -> Explanation:
        async with turns:
            try:
                return await asyncio.to_thread(explain, scorer, text)
            except UserError as unfit:
                raise ProblemError(503, "unfit", str(unfit)) from unfit

    @doors.get("/why")
    async def why(request: Request, text: str = "", id: str = "") -> Response:  # noqa: A002 - as it stands in the address
        snapshot = await service.snapshots.now() if id else None
        answer = await by_id(id) if id else await of_text(text) if text else Answer()
        return page(
            request, "why.html", active="Why", snapshot=snapshot, text=text, id=id, answer=answer, **_shown(answer)
        )

    @doors.get("/why.json")
    async def why_json(text: str = "", id: str = "") -> Response:  # noqa: A002
        answer = await by_id(id) if id else await of_text(text)
        if answer.found is None:
            raise ProblemError(422, "not_explained", answer.why_not)
        return Json(answer.found.as_dict())

    async def of_text(text: str) -> Answer:
        fault = tweet_text.fault(text)
        if fault is not None:
            return Answer(why_not=f"The text {fault.detail}: the stream would not score it.")
        return Answer(await explained(service.serving.required(), text))

    async def by_id(written: str) -> Answer:
        tweet_id = decimal_id(written.strip())
        if tweet_id is None:
            return Answer(why_not="An id is a number, as in a tweet's address.")
        try:
            tweet = await asyncio.to_thread(tweets.found, await service.snapshots.now(), tweet_id)
        except UserError as absent:
            return Answer(why_not=str(absent))
        if tweet is None:
            return Answer(why_not=f"The lake has no scored tweet {tweet_id}.")
        instead = ""
        try:
            scorer = await versions.scorer(tweet.model_name, tweet.model_version)
        except UserError as gone:
            instead, scorer = str(gone), service.serving.required()
        return Answer(await explained(scorer, tweet.text), tweet, instead)

    return doors


def _shown(answer: Answer) -> dict[str, Any]:
    """What the template is given beside what was found."""
    found = answer.found
    if found is None:
        return {}
    return {
        "pieces": pieces(found),
        "decided": told.decided(found),
        "added": told.added(found),
        "turned": told.turned(found),
        "is_sum": found.how is How.WEIGHTS,
        "sql": tweets.sql(answer.tweet.tweet_id) if answer.tweet is not None else "",
    }


def pieces(found: Explanation) -> list[Piece]:
    """The text, cut wherever its colour changes; the strongest piece has the strongest colour."""
    segments = found.segments
    most = max((abs(weight) for _, weight in segments), default=0.0) or 1.0
    return [
        Piece(
            found.text[slice(*span)],
            "" if not weight else found.towards if weight > 0 else found.against,
            -int(-LEVELS * abs(weight) // most),
            weight,
        )
        for span, weight in segments
    ]
