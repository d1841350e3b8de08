"""The few fields of a page's form, of bounded size; a file is none of them."""

from collections import Counter
from urllib.parse import parse_qsl

from starlette.requests import Request

from web_service.problems import ProblemError, unprocessable

FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 8 << 10
MOST_FIELDS = 8


async def fields(request: Request) -> dict[str, str]:
    """Name → what was typed.

    Raises:
        ProblemError: it is no form, too large, or names a field twice.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise ProblemError(415, "unsupported_media_type", f"Send a form, with Content-Type: {FORM}.")
    body = await request.body()
    if len(body) > MOST_BYTES:
        raise ProblemError(413, "body_too_large", f"A form has at most {MOST_BYTES} bytes.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as odd:
        raise ProblemError(400, "invalid_form", "The body is no form.") from odd
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if twice:
        raise unprocessable("repeated_field", "A field of the form is there twice.")
    return dict(pairs)


def number(given: dict[str, str], name: str) -> int:
    """A whole number above 0.

    Raises:
        ProblemError: the field is missing, or no such number.
    """
    written = given.get(name, "")
    if not (written.isascii() and written.isdigit() and len(written) <= 9 and int(written)):
        raise unprocessable("no_number", f"The form's field {name} has to be a version's number.")
    return int(written)
