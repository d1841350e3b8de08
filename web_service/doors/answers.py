"""Scores as the JSON of `POST /score`."""

from typing import Any

import orjson
from starlette.responses import Response

from sentistream.contracts.labels import in_order
from web_service.doors.bodies import Texts
from web_service.scoring.serving import Scores


class Json(Response):
    """JSON by orjson: a double is written so that it is read back with the same bits."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Bytes."""
        return orjson.dumps(content)


def scored(texts: Texts, scores: Scores) -> Json:
    """The version and each text's result, or why it has none, in the order asked."""
    classes = scores.version.labels.names
    order = [(name, classes.index(name)) for name in in_order(classes)]
    results: list[dict[str, Any]] = [
        {"sentiment": sentiment, "p_positive": p, "probabilities": {name: row[index] for name, index in order}}
        for sentiment, p, row in zip(
            scores.sentiments, scores.p_positive.tolist(), scores.probabilities.tolist(), strict=True
        )
    ]
    if texts.faults:
        found = iter(results)
        results = [
            {"error": f"The text {fault.detail}.", "reason": fault.reason}
            if (fault := texts.faults.get(row)) is not None
            else next(found)
            for row in range(texts.rows)
        ]
    model = {"name": scores.version.name, "version": scores.version.version}
    return Json({"model": model, "results": results})
