"""Says in plain words why a setting is refused, instead of pydantic's."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

ALLOWED: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "bool_parsing": lambda _: "give true or false",
    "float_parsing": lambda _: "give a number",
    "decimal_parsing": lambda _: "give a number",
    "finite_number": lambda _: "give a finite number",
    "int_parsing": lambda _: "give a whole number",
    "int_from_float": lambda _: "give a whole number",
    "greater_than": lambda allowed: f"give more than {_exact(allowed['gt'])}",
    "greater_than_equal": lambda allowed: f"give at least {_exact(allowed['ge'])}",
    "less_than": lambda allowed: f"give less than {_exact(allowed['lt'])}",
    "less_than_equal": lambda allowed: f"give at most {_exact(allowed['le'])}",
    "literal_error": lambda allowed: f"give {allowed['expected']}",
    "string_too_short": lambda allowed: _at_least(allowed["min_length"]),
    "too_short": lambda allowed: f"give at least {allowed['min_length']} characters",
    "string_too_long": lambda allowed: f"give at most {allowed['max_length']} characters",
}
"""pydantic's type of an error → what is allowed, by the error's context."""


def sentence(settings: type[BaseModel], refused: ValidationError) -> str:
    """Each variable and what is allowed; what was given is not repeated, it may be a secret."""
    return "; ".join(
        _of_one(settings, error["loc"], error["type"], error.get("ctx", {}), error["msg"]) for error in refused.errors()
    )


def _of_one(
    settings: type[BaseModel], at: tuple[int | str, ...], kind: str, context: dict[str, Any], message: str
) -> str:
    name = ".".join(map(str, at)).upper() or "settings"
    if kind == "string_pattern_mismatch":
        return f"{name}: {_example(settings, at)} (it has to match {context['pattern']})"
    return f"{name}: {ALLOWED[kind](context) if kind in ALLOWED else message.removeprefix('Value error, ')}"


def _example(settings: type[BaseModel], at: tuple[int | str, ...]) -> str:
    field = settings.model_fields.get(str(at[0])) if at else None
    if field is None or not isinstance(field.default, str):
        return "this is not how it is written"
    return f"write it like {field.default}"


def _at_least(characters: int) -> str:
    return "it must not be empty" if characters == 1 else f"give at least {characters} characters"


def _exact(bound: float) -> str:
    """A bound with all its digits, and none after the point that says nothing."""
    return str(int(bound)) if bound == int(bound) else str(bound)
