"""What a request holds: its JSON, and the texts that are to be scored, each a string or the reason why it is none."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request

from sentistream.contracts import tweet_text
from sentistream.contracts.tweet_text import TextFault
from sentistream.contracts.whole_text import whole_text
from web_service.problems import ProblemError, unprocessable
from web_service.settings import WebSettings

NO_STRING = TextFault("wrong_type", "is no string")
NO_TEXT = TextFault("missing_text", "is not there")
POSTS = ("data", "text", "note_tweet")
"""What an object of X's API v2 is known by."""


class Texts(NamedTuple):
    """The texts of a request."""

    sound: list[str]
    """Those that are scored, as they came: nothing is stripped, normalised or cut."""
    faults: dict[int, TextFault]
    """Row → why it isn't scored."""
    rows: int


async def read(request: Request) -> Any:
    """The JSON of a request's body, strict RFC 8259 in UTF-8, where the last of duplicate keys wins, as in the stream.

    Raises:
        ProblemError: it is none, is said to be something else, or is compressed.
    """
    # Clients of the Open Inference Protocol name none.
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise ProblemError(415, "unsupported_media_type", "Send JSON, with Content-Type: application/json.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "unsupported_encoding", "Send the body as it is: no Content-Encoding is taken.")
    body = await request.body()
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as broken:
        # Its message has a place and no text.
        raise ProblemError(
            400, "invalid_json", f"The body is no JSON: {broken.msg} (character {broken.pos})."
        ) from broken


def of(given: Any, settings: WebSettings) -> Texts:
    """The texts of `POST /score`: one, a list, `{"texts": […]}`, or posts of X's API v2.

    Raises:
        ProblemError: it is nothing of these, or too much.
    """
    return checked(_listed(given), settings)


def checked(rows: Sequence[Any], settings: WebSettings) -> Texts:
    """Hold what stands for a text against the stream's rule.

    Raises:
        ProblemError: there are too many.
    """
    if len(rows) > settings.web_texts:
        raise ProblemError(
            413,
            "too_many_texts",
            f"The request has {len(rows)} texts, at most {settings.web_texts} are taken (WEB_TEXTS).",
        )
    sound: list[str] = []
    faults: dict[int, TextFault] = {}
    for row, each in enumerate(rows):
        fault = _fault(each, settings.web_text_characters)
        if fault is None:
            sound.append(each)
        else:
            faults[row] = fault
    return Texts(sound, faults, len(rows))


def required(rows: Sequence[Any], settings: WebSettings) -> list[str]:
    """As `checked`, for protocols that have no place for a text's own reason.

    Raises:
        ProblemError: a text isn't scored, or there are too many.
    """
    texts = checked(rows, settings)
    for row, fault in texts.faults.items():
        raise unprocessable(fault.reason, f"Text {row} {fault.detail}.", row=row)
    return texts.sound


def _listed(given: Any) -> Sequence[Any]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, list):
        return [_text(each) for each in given]
    if isinstance(given, dict):
        if "texts" in given:
            if beside := [name for name in POSTS if name in given]:
                raise unprocessable("two_forms", f"The request has `texts` and `{beside[0]}`: give one of them.")
            if isinstance(given["texts"], list):
                return [_text(each) for each in given["texts"]]
            raise unprocessable("wrong_type", "`texts` is no list.")
        data = given.get("data")
        if isinstance(data, list):
            return [_of_post(each, given.get("includes")) if isinstance(each, dict) else each for each in data]
        if isinstance(data, dict) or not given.keys().isdisjoint(POSTS[1:]):
            return [_text(given)]
    raise unprocessable(
        "unknown_form", 'Give a text, a list of texts, {"texts": […]}, or posts of X\'s API v2 (an object with `data`).'
    )


def _text(each: Any) -> Any:
    """A text, or what is in its place."""
    if not isinstance(each, dict):
        return each
    data = each.get("data", each)
    return _of_post(data, each.get("includes")) if isinstance(data, dict) else data


def _of_post(data: Mapping[str, Any], includes: object) -> Any:
    return whole_text(data, includes)


def _fault(each: Any, longest: int) -> TextFault | None:
    if type(each) is not str:
        return NO_TEXT if each is None else NO_STRING
    if len(each) > longest:
        return TextFault(tweet_text.TOO_LONG, f"has {len(each)} characters, at most {longest} are taken")
    return tweet_text.fault(each)
