"""Where a JSON document holds its tweets: in a list, in pages of lists, or column by column as pandas writes them."""

from typing import Any, NamedTuple

from sentistream.errors import UserError
from sentistream.files.table.columns import by_names

LISTS = ("statuses", "data", "results", "tweets", "posts", "feed", "rows", "items")
"""Where a response holds its tweets."""


class Listed(NamedTuple):
    """The tweets of a document, and what it includes beside them."""

    values: list[Any]
    includes: object = None


def listed_by(document: Any) -> Listed | None:
    """The tweets that a document lists; None where it lists none and may be one itself.

    Raises:
        UserError: it lists columns, and two of one name.
    """
    if isinstance(document, list):
        return Listed(document)
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("columns"), list) and isinstance(document.get("data"), list):
        names = [str(name) for name in document["columns"]]
        again = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if again is not None:
            raise UserError(
                f"Several of the columns that the JSON lists are called {again}: write it anew with one of each name."
            )
        rows = [dict(zip(names, row, strict=False)) if isinstance(row, list) else row for row in document["data"]]
        return Listed(rows)
    for name in LISTS:
        if isinstance(document.get(name), list):
            return Listed(document[name], document.get("includes"))
    columns = _by_columns(document)
    if columns is not None:
        return Listed(columns)
    meta = document.get("meta")
    # A search that finds nothing has no list at all.
    if isinstance(meta, dict) and "result_count" in meta and document.keys() <= {"meta", "includes", "errors"}:
        return Listed([])
    return None


def _by_columns(document: dict[str, Any]) -> list[Any] | None:
    """The rows of a document that has a list, or an object of rows, for each column."""
    if by_names(tuple(map(str, document))) is None:
        return None
    columns = list(document.values())
    if all(isinstance(column, dict) for column in columns):
        places = list(columns[0])
        if any(list(column) != places for column in columns) or not (len(columns) > 1 or all(map(str.isdigit, places))):
            return None
        return [{name: column.get(place) for name, column in document.items()} for place in places]
    if all(isinstance(column, list) for column in columns):
        return [dict(zip(document, row, strict=False)) for row in zip(*columns, strict=False)]
    return None
