"""Reads the SQL of `delta/tables` and `delta/migrations`, so that delta-rs can do what Delta-Spark does with it.

It knows the few forms that are used there and no others; tests hold every file to them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from deltalake.schema import ArrayType, Field, MapType, PrimitiveType, Schema

TYPES: dict[str, PrimitiveType | ArrayType | MapType] = {
    "BIGINT": PrimitiveType("long"),
    "BINARY": PrimitiveType("binary"),
    "BOOLEAN": PrimitiveType("boolean"),
    "DATE": PrimitiveType("date"),
    "DOUBLE": PrimitiveType("double"),
    "INT": PrimitiveType("integer"),
    "STRING": PrimitiveType("string"),
    "TIMESTAMP": PrimitiveType("timestamp"),
    "ARRAY<BIGINT>": ArrayType(PrimitiveType("long"), contains_null=True),
    "ARRAY<STRING>": ArrayType(PrimitiveType("string"), contains_null=True),
    "MAP<STRING, DOUBLE>": MapType(PrimitiveType("string"), PrimitiveType("double"), value_contains_null=True),
    "MAP<STRING, BINARY>": MapType(PrimitiveType("string"), PrimitiveType("binary"), value_contains_null=True),
}
LITERAL = r"'((?:[^']|'')*)'"
COLUMN = re.compile(rf"(\w+) +([A-Z]+(?:<[A-Z, ]+>)?)( +NOT NULL)?(?: +COMMENT {LITERAL})?,?")
PROPERTY = re.compile(rf"{LITERAL} *= *{LITERAL}")
ALTER = re.compile(r"ALTER TABLE \$\{table\}\s+(ADD COLUMNS|ADD CONSTRAINT|SET TBLPROPERTIES)\s+(.*)", re.DOTALL)
CONSTRAINT = re.compile(r"(\w+)\s+CHECK\s+\((.*)\)", re.DOTALL)


@dataclass(frozen=True)
class Alteration:
    """What one statement of a migration does to a table."""

    columns: tuple[Field, ...] = ()
    constraints: tuple[tuple[str, str], ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


def columns(text: str) -> list[Field]:
    """The columns listed in a text, one a line.

    Raises:
        ValueError: a line is none.
    """
    return [_field(line.strip()) for line in text.strip().splitlines()]


@cache
def schema(create: str) -> Schema:
    """The columns of a CREATE TABLE statement.

    Raises:
        ValueError: one of them is of a type that is not read here.
    """
    _, _, listed = create.partition("${table} (")
    return Schema(columns(listed[: listed.index("\n)\nUSING")]))


@cache
def properties(text: str) -> Mapping[str, str]:
    """The properties that a statement gives a table."""
    _, _, listed = text.partition("TBLPROPERTIES")
    return {_unquoted(key): _unquoted(value) for key, value in PROPERTY.findall(listed)}


def partitions(create: str) -> list[str]:
    """The columns by which a CREATE TABLE statement partitions."""
    listed = re.search(r"PARTITIONED BY \(([\w, ]+)\)", create)
    return re.findall(r"\w+", listed[1]) if listed else []


def alterations(migration: str) -> list[Alteration]:
    """The statements of a migration, in their order.

    Raises:
        ValueError: one is of a form that is not known here.
    """
    text = "\n".join(line for line in migration.splitlines() if not line.lstrip().startswith("--"))
    return [_alteration(each.strip()) for each in re.split(r";\s*(?:\n|$)", text) if each.strip()]


def _alteration(statement: str) -> Alteration:
    altered = ALTER.fullmatch(statement)
    if altered is None:
        raise ValueError(f"not a statement of a migration: {statement}")
    kind, rest = altered.groups()
    if kind == "ADD COLUMNS":
        added = tuple(columns(rest.strip()[1:-1]))
        if not all(column.nullable for column in added):
            raise ValueError(f"rows that are there have no value of a new column: {statement}")
        return Alteration(columns=added)
    if kind == "SET TBLPROPERTIES":
        return Alteration(properties=tuple(properties(statement).items()))
    constraint = CONSTRAINT.fullmatch(rest.strip())
    if constraint is None:
        raise ValueError(f"not a constraint: {statement}")
    return Alteration(constraints=((constraint[1], constraint[2]),))


def _field(line: str) -> Field:
    column = COLUMN.fullmatch(line)
    if column is None or column[2] not in TYPES:
        raise ValueError(f"not a column of a known type: {line}")
    name, of_type, required, comment = column.groups()
    metadata = {"comment": _unquoted(comment)} if comment else {}
    return Field(name, TYPES[of_type], nullable=not required, metadata=metadata)


def _unquoted(literal: str) -> str:
    return literal.replace("''", "'")
