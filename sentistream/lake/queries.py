"""The example queries of `delta/queries`: one dialect, which Spark and DuckDB run unchanged.

A file names a table as `{scored_tweets}`, `{rejected_tweets}`, `{raw_tweets}` or `{sentiment_per_minute}`; whoever runs it puts in how
the engine calls it. Nothing else is put in: no text of a tweet ever becomes part of a statement.
"""

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.tables import EVERY, sql_folder


def names() -> list[str]:
    """The queries that there are."""
    return sorted(file.stem for file in (sql_folder() / "queries").glob("*.sql"))


def statement(name: str, lake: Lake | None = None) -> str:
    """A query's statement.

    Args:
        name: one of `names()`.
        lake: where given, tables are called as Spark calls them; else by their plain names.

    Raises:
        UserError: there is no query of that name.
    """
    if name not in names():
        raise UserError(f"{name}: the queries are {', '.join(names())}.", exit_code=2)
    text = (sql_folder() / "queries" / f"{name}.sql").read_text(encoding="utf-8")
    for table in EVERY:
        called = table.name if lake is None else lake.sql_name(table)
        text = text.replace(f"{{{table.name}}}", called)
    return text
