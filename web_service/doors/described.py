"""What goes in and comes out, as OpenAPI has it. The doors read JSON themselves: pydantic would cost most of a request's time."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Schema = Mapping[str, Any]
TEXTS: Schema = {"type": "array", "items": {"type": "string"}}
POST: Schema = {
    "type": "object",
    "description": "A post as X's API v2 gives it, alone or in its envelope with `matching_rules` and `includes`.",
    "properties": {
        "text": {"type": "string"},
        "note_tweet": {"type": "object", "properties": {"text": {"type": "string"}}},
        "data": {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]},
        "includes": {"type": "object"},
        "matching_rules": {"type": "array"},
    },
    "anyOf": [{"required": ["text"]}, {"required": ["note_tweet"]}, {"required": ["data"]}],
}
SCORE: Schema = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"anyOf": [{"type": "string"}, POST]}},
        {
            "type": "object",
            "required": ["texts"],
            "properties": {"texts": {"type": "array", "items": {"anyOf": [{"type": "string"}, POST]}}},
        },
        POST,
    ],
    "examples": [["what a lovely day", "I hate this"]],
}
TENSOR: Schema = {
    "type": "object",
    "required": ["name", "shape", "datatype", "data"],
    "properties": {
        "name": {"type": "string", "const": "text"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "datatype": {"type": "string", "const": "BYTES"},
        "parameters": {"type": "object"},
        "data": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "array"}]}},
    },
}
INFER: Schema = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string"},
        "parameters": {"type": "object"},
        "inputs": {"type": "array", "minItems": 1, "maxItems": 1, "items": TENSOR},
        "outputs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"enum": ["sentiment", "p_positive", "probabilities"]},
                    "parameters": {"type": "object"},
                },
            },
        },
    },
    "examples": [{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["what a lovely day"]}]}],
}
ROWS: Schema = {
    "anyOf": [
        TEXTS,
        {
            "type": "array",
            "items": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
        },
    ]
}
INVOCATIONS: Schema = {
    "type": "object",
    "minProperties": 1,
    "properties": {
        "dataframe_split": {
            "type": "object",
            "required": ["columns", "data"],
            "properties": {
                "columns": {"type": "array", "items": {"type": "string"}},
                "data": {"type": "array", "items": {"type": "array"}},
                "index": {"type": "array"},
            },
        },
        "dataframe_records": {"type": "array", "items": {"type": "object"}},
        "inputs": {"anyOf": [TEXTS, {"type": "object", "required": ["text"], "properties": {"text": TEXTS}}]},
        "instances": ROWS,
        "params": {"type": "object"},
    },
    "examples": [{"dataframe_split": {"columns": ["text"], "data": [["what a lovely day"]]}}],
}


class Problem(BaseModel):
    """Why a request is refused (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    reason: str
    """A code for programs."""
    error: str
    """The detail again, for clients of the Open Inference Protocol."""


class Model(BaseModel):
    """The version that answered."""

    name: str
    version: int


class Result(BaseModel):
    """Of one text."""

    model_config = ConfigDict(extra="forbid")

    sentiment: Literal["negative", "neutral", "positive"]
    p_positive: float = Field(ge=0, le=1)
    probabilities: dict[str, float]


class Refused(BaseModel):
    """A text that isn't scored."""

    model_config = ConfigDict(extra="forbid")

    error: str
    reason: str


class Scored(BaseModel):
    """In the order asked."""

    model: Model
    results: list[Result | Refused]


class Tensor(BaseModel):
    """Of the Open Inference Protocol."""

    name: str
    shape: list[int]
    datatype: str


class FilledTensor(Tensor):
    """With its values, row after row."""

    data: list[str] | list[float]


class Inferred(BaseModel):
    """Of the Open Inference Protocol."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[FilledTensor]


class Server(BaseModel):
    """Of the Open Inference Protocol."""

    name: str
    version: str
    extensions: list[str]


class ModelMetadata(BaseModel):
    """Of the Open Inference Protocol."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[Tensor]
    outputs: list[Tensor]


class Live(BaseModel):
    """Of the Open Inference Protocol."""

    live: bool


class Ready(BaseModel):
    """Of the Open Inference Protocol."""

    ready: bool


class ModelReady(BaseModel):
    """Of the Open Inference Protocol."""

    name: str
    ready: bool


class Prediction(BaseModel):
    """Of one row."""

    sentiment: Literal["negative", "neutral", "positive"]
    p_positive: float


class Predictions(BaseModel):
    """Of MLflow's scoring protocol."""

    predictions: list[Prediction]


REFUSALS = {
    400: "The body is no JSON.",
    401: "The token is missing or wrong.",
    403: "Another site's page asked.",
    404: "There is no such place, or no such model.",
    408: "The body came too slowly.",
    413: "The body is too large, or holds too many texts.",
    415: "The body is something else than JSON, or compressed.",
    421: "The service is not asked under this name.",
    422: "The JSON is not what is taken here.",
    429: "Too much is asked at once.",
    503: "No version answers now, or not in time.",
}


def body(schema: Schema) -> dict[str, Any]:
    """A JSON body, as a route's `openapi_extra`."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def model_path(name: str) -> list[dict[str, Any]]:
    """The parameter in a path that names the one model, as OpenAPI has it."""
    return [{"name": "model_name", "in": "path", "required": True, "schema": {"type": "string", "enum": [name]}}]


VERSION_PATH = {
    "name": "model_version",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]+$"},
}


def answers(model: type[BaseModel], *refusals: int) -> dict[int | str, dict[str, Any]]:
    """The answer, and the refusals; all where none is named."""
    found: dict[int | str, dict[str, Any]] = {status: problem(status) for status in refusals or REFUSALS}
    return {200: {"model": model}} | found


def problem(status: int) -> dict[str, Any]:
    """A refusal."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": REFUSALS[status], "content": content}
