"""The Open Inference Protocol, version 2, with BYTES tensors in JSON (https://github.com/open-inference/open-inference-protocol)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from sentistream import __version__
from sentistream.scoring.scorer import Scorer
from web_service.doors import bodies, described
from web_service.doors.answers import Json
from web_service.problems import ProblemError, unprocessable
from web_service.scoring.serving import Scores
from web_service.service import Service

MODEL = "/v2/models/{model_name}"
VERSION = f"{MODEL}/versions/{{model_version}}"
OUTPUTS: Mapping[str, Callable[[Scores], tuple[str, list[int], list[Any]]]] = {
    "sentiment": lambda scores: ("BYTES", [len(scores.sentiments)], scores.sentiments),
    "p_positive": lambda scores: ("FP64", [len(scores.sentiments)], scores.p_positive.tolist()),
    "probabilities": lambda scores: ("FP64", list(scores.probabilities.shape), scores.probabilities.ravel().tolist()),
}


def router(service: Service) -> APIRouter:
    """The doors."""
    doors = APIRouter(tags=["Open Inference Protocol"])
    few = (401, 421)
    of_model = {"parameters": described.model_path(service.settings.model_name)}
    of_version = {"parameters": [*of_model["parameters"], described.VERSION_PATH]}
    body = described.body(described.INFER)

    @doors.get("/v2", summary="What serves", responses=described.answers(described.Server, *few))
    async def server() -> Response:
        return Json({"name": "sentistream", "version": __version__, "extensions": []})

    @doors.get("/v2/health/live", summary="Whether it runs", responses=described.answers(described.Live, 421))
    async def live() -> Response:
        return Json({"live": True})

    @doors.get(
        "/v2/health/ready", summary="Whether a version answers", responses=described.answers(described.Ready, 421, 503)
    )
    async def ready() -> Response:
        service.serving.required()
        return Json({"ready": True})

    @doors.get(
        MODEL,
        openapi_extra=of_model,
        summary="What the model takes and gives",
        responses=described.answers(described.ModelMetadata, *few, 404, 503),
    )
    @doors.get(
        VERSION,
        openapi_extra=of_version,
        summary="What a version takes and gives",
        responses=described.answers(described.ModelMetadata, *few, 404, 503),
    )
    async def metadata(request: Request) -> Response:
        scorer = _asked_for(service, request)
        return Json(
            {
                "name": scorer.version.name,
                "versions": [str(scorer.version.version)],
                "platform": f"sentistream_{scorer.flavour}",
                "inputs": [{"name": "text", "datatype": "BYTES", "shape": [-1]}],
                "outputs": [
                    {"name": "sentiment", "datatype": "BYTES", "shape": [-1]},
                    {"name": "p_positive", "datatype": "FP64", "shape": [-1]},
                    {"name": "probabilities", "datatype": "FP64", "shape": [-1, len(scorer.classes)]},
                ],
            }
        )

    @doors.get(
        f"{MODEL}/ready",
        openapi_extra=of_model,
        summary="Whether the model answers",
        responses=described.answers(described.ModelReady, *few, 404, 503),
    )
    @doors.get(
        f"{VERSION}/ready",
        openapi_extra=of_version,
        summary="Whether a version answers",
        responses=described.answers(described.ModelReady, *few, 404, 503),
    )
    async def model_ready(request: Request) -> Response:
        return Json({"name": _asked_for(service, request).version.name, "ready": True})

    @doors.post(
        f"{MODEL}/infer",
        summary="Score a tensor of texts",
        openapi_extra=body | of_model,
        responses=described.answers(described.Inferred),
    )
    @doors.post(
        f"{VERSION}/infer",
        summary="Score a tensor by the version that is named",
        openapi_extra=body | of_version,
        responses=described.answers(described.Inferred),
    )
    async def infer(request: Request) -> Response:
        _asked_for(service, request)
        given = await bodies.read(request)
        texts, names, number = _read(given)
        sound = bodies.required(texts, service.settings)
        scores = await service.serving.score(sound)
        # Another version may have been taken meanwhile.
        _require_version(request, str(scores.version.version))
        service.metrics.scored(len(sound))
        outputs = []
        for name in names:
            datatype, shape, data = OUTPUTS[name](scores)
            outputs.append({"name": name, "datatype": datatype, "shape": shape, "data": data})
        answer = {"model_name": scores.version.name, "model_version": str(scores.version.version), "outputs": outputs}
        return Json(answer if number is None else answer | {"id": number})

    return doors


def _asked_for(service: Service, request: Request) -> Scorer:
    """What scores now, where that is the model and the version that the path names.

    Raises:
        ProblemError: it is another, or nothing scores.
    """
    name = request.path_params["model_name"]
    if name != service.settings.model_name:
        raise ProblemError(404, "unknown_model", f"The one model here is {service.settings.model_name}.")
    scorer = service.serving.required()
    _require_version(request, str(scorer.version.version))
    return scorer


def _require_version(request: Request, serving: str) -> None:
    asked = request.path_params.get("model_version")
    if asked is not None and asked != serving:
        raise ProblemError(404, "unknown_version", f"The version that answers is {serving}.")


def _read(given: Any) -> tuple[Sequence[Any], Sequence[str], str | None]:
    """The texts, the names of the outputs that are asked for, and the request's id."""
    if not isinstance(given, dict):
        raise unprocessable("wrong_type", "The body is no object.")
    inputs = given.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise unprocessable("wrong_inputs", "Give one input, the tensor `text`.")
    number = given.get("id")
    if number is not None and not isinstance(number, str):
        raise unprocessable("wrong_type", "`id` is no string.")
    return _texts(inputs[0]), _outputs(given.get("outputs")), number


def _texts(tensor: Mapping[str, Any]) -> Sequence[Any]:
    if tensor.get("name") != "text" or tensor.get("datatype") != "BYTES":
        raise unprocessable("wrong_inputs", "The input is named `text`, of datatype BYTES.")
    data, shape = tensor.get("data"), tensor.get("shape")
    if not isinstance(data, list):
        raise unprocessable("wrong_inputs", "The input has no `data` in JSON; binary tensors are not taken.")
    # Nested by rows, as the protocol allows.
    texts = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in data]
    if shape not in ([len(texts)], [len(texts), 1]) or any(type(each) is not int for each in shape):
        raise unprocessable("wrong_shape", f"The input's shape is not that of its {len(texts)} texts.")
    return texts


def _outputs(asked: Any) -> Sequence[str]:
    if not asked:
        if asked in (None, []):
            return list(OUTPUTS)
        raise unprocessable("wrong_outputs", "`outputs` is no list.")
    listed = asked if isinstance(asked, list) else [None]
    names = [str(each.get("name")) for each in listed if isinstance(each, dict)]
    if len(names) != len(listed) or not OUTPUTS.keys() >= set(names):
        raise unprocessable("wrong_outputs", f"The outputs are {', '.join(OUTPUTS)}.")
    return names
