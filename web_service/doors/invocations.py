"""MLflow's scoring protocol in JSON (https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/): `/invocations` and `/ping`."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from web_service.doors import bodies, described
from web_service.doors.answers import Json
from web_service.problems import unprocessable
from web_service.service import Service

FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")
COLUMN = "text"


def router(service: Service) -> APIRouter:
    """The doors."""
    doors = APIRouter(tags=["MLflow"])

    @doors.post(
        "/invocations",
        summary="Score a column named text",
        openapi_extra=described.body(described.INVOCATIONS),
        responses=described.answers(described.Predictions),
    )
    async def invocations(request: Request) -> Response:
        """A data frame with a column `text` (`dataframe_split`, `dataframe_records`), or texts (`inputs`, `instances`)."""
        texts = bodies.required(_texts(await bodies.read(request)), service.settings)
        scores = await service.serving.score(texts)
        service.metrics.scored(len(texts))
        rows = zip(scores.sentiments, scores.p_positive.tolist(), strict=True)
        return Json({"predictions": [{"sentiment": sentiment, "p_positive": p} for sentiment, p in rows]})

    @doors.get(
        "/ping",
        summary="Whether a version answers",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {}}},
            **{status: described.problem(status) for status in (421, 503)},
        },
    )
    async def ping() -> Response:
        service.serving.required()
        return Response("\n", media_type="text/plain")

    return doors


def _texts(given: Any) -> Sequence[Any]:
    if not isinstance(given, dict):
        raise unprocessable("wrong_type", "The body is no object.")
    forms = [name for name in FORMS if name in given]
    if len(forms) != 1 or not given.keys() <= {*forms, "params"} or given.get("params") not in (None, {}):
        raise unprocessable("unknown_form", f"Give one of {', '.join(FORMS)}, and no params.")
    content = given[forms[0]]
    texts = _of_split(content) if forms == ["dataframe_split"] else _of_rows(content)
    if texts is None:
        raise unprocessable("wrong_input", f"`{forms[0]}` is not laid out as MLflow has it, with a column `{COLUMN}`.")
    return texts


def _of_split(content: Any) -> Sequence[Any] | None:
    if not isinstance(content, dict):
        return None
    columns, data = content.get("columns"), content.get("data")
    if not isinstance(columns, list) or columns.count(COLUMN) != 1 or not isinstance(data, list):
        return None
    place = columns.index(COLUMN)
    if not all(isinstance(row, list) and len(row) == len(columns) for row in data):
        return None
    return [row[place] for row in data]


def _of_rows(content: Any) -> Sequence[Any] | None:
    """Texts, records with a column, or one such column."""
    if isinstance(content, Mapping):
        column = content.get(COLUMN)
        return column if isinstance(column, list) else None
    if not isinstance(content, list):
        return None
    if any(isinstance(each, dict) for each in content):
        if not all(isinstance(each, dict) and COLUMN in each for each in content):
            return None
        return [each[COLUMN] for each in content]
    # One column, row by row.
    return [each[0] if isinstance(each, list) and len(each) == 1 else each for each in content]
