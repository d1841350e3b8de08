"""Which rows are wanted, as values and types and never as text that something parses."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.errors import UserError, said

Where: TypeAlias = Mapping[str, Any] | pc.Expression | None
"""Column → its value, None for null, or a list of values; or any expression of Arrow's."""


def condition(where: Where, schema: pa.Schema, also: Iterable[pc.Expression] = ()) -> pc.Expression | None:
    """What must hold of a row; None where anything may.

    Raises:
        TypeError: it is neither.
        UserError: it names a column that is none, or a value of another type.
    """
    if isinstance(where, pc.Expression):
        own = [where]
    elif isinstance(where, Mapping):
        own = [_holds(name, value, schema) for name, value in where.items()]
    elif where is None:
        own = []
    else:
        raise TypeError(
            'where takes {"lang": "en"}, or an expression like pyarrow.compute.field("p_positive") > 0.9; `ask` takes SQL.'
        )
    every = [*also, *own]
    return reduce(and_, every) if every else None


def _holds(name: str, value: Any, schema: pa.Schema) -> pc.Expression:
    if name not in schema.names:
        raise UserError(f"There is no column {name}: {', '.join(schema.names)}.", exit_code=2)
    kind, column = schema.field(name).type, pc.field(name)
    values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
    try:
        wanted = column.isin(pa.array([each for each in values if each is not None], kind))
    except (pa.ArrowException, TypeError, OverflowError) as odd:
        raise UserError(f"The column {name} holds {kind}: {said(odd)}", exit_code=2) from odd
    return wanted | column.is_null() if None in values else wanted
