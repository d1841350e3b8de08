"""A question to the lake: SQL of our own with named places, and the values that are bound to them.

What a person gives is bound and never part of the statement that runs. `written` puts the values in as literals, for people to take along; a test holds
both to the same answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

Value: TypeAlias = str | int | float | datetime | Sequence[str]
PLACE = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Question:
    """One statement in DuckDB's SQL.

    Args:
        sql: the statement; `$name` is a place for a value. It holds no other `$`.
        values: name → value; those that the statement has no place for are left out.
    """

    sql: str
    values: Mapping[str, Value]

    @property
    def bound(self) -> dict[str, Value]:
        """What DuckDB binds: it takes no value without a place."""
        return {name: self.values[name] for name in dict.fromkeys(PLACE.findall(self.sql))}

    @property
    def written(self) -> str:
        """The same statement with literals in the places."""
        # In one pass, so that a value that looks like a place stays one.
        return PLACE.sub(lambda place: literal(self.values[place[1]]), self.sql)


def literal(value: Value) -> str:
    """A value as DuckDB reads it back."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S+00')}'"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # Without the quotes it would be a decimal first.
        return f"'{value!r}'::DOUBLE"
    return f"[{', '.join(map(literal, value))}]"
