"""`POST /score`: texts or posts of X in, sentiments and probabilities out, a text that can't be scored with its reason."""

from fastapi import APIRouter, Request, Response

from web_service.doors import answers, bodies, described
from web_service.service import Service


def router(service: Service) -> APIRouter:
    """The door."""
    doors = APIRouter(tags=["Scores"])

    @doors.post(
        "/score",
        summary="Score texts, or posts of X's API v2",
        openapi_extra=described.body(described.SCORE),
        responses=described.answers(described.Scored),
    )
    async def score(request: Request) -> Response:
        """A text, a list of texts, `{"texts": […]}`, or posts as X's API v2 gives them: of a long post its whole text is scored.

        The results stand in the order asked, all by the one version that is named. A text that the stream would not score (blank, too long, with a NUL
        character) has `error` and `reason` instead. Cleaning is part of the model: a text is scored as it comes.
        """
        texts = bodies.of(await bodies.read(request), service.settings)
        scores = await service.serving.score(texts.sound)
        service.metrics.scored(len(texts.sound))
        for fault in texts.faults.values():
            service.metrics.refused(fault.reason)
        return answers.scored(texts, scores)

    return doors
