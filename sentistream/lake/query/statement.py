"""Which statements are a question: one that asks and neither changes nor sets anything."""

import duckdb
from duckdb import ExpectedResultType, Statement, StatementType

from sentistream.errors import UserError

ASKED = "SELECT, WITH, FROM, VALUES, PIVOT, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN"


def question(connection: duckdb.DuckDBPyConnection, sql: str) -> Statement:
    """The one statement of a query, by DuckDB's own parser.

    Raises:
        UserError: there is none, there are several, or it is no question.
        duckdb.Error: it can't be parsed.
    """
    try:
        sql.encode()
    except UnicodeEncodeError as half:
        raise UserError("The query is no UTF-8.", exit_code=2) from half
    statements = connection.extract_statements(sql)
    if not statements:
        raise UserError("The query asks for nothing: give a SELECT.", exit_code=2)
    if len(statements) > 1:
        raise UserError(f"The query has {len(statements)} statements: give one.", exit_code=2)
    [statement] = statements
    if not _asks(statement):
        raise UserError(
            f"A query asks and changes nothing, and this is {statement.type.name}: give {ASKED}.", exit_code=2
        )
    return statement


def _asks(statement: Statement) -> bool:
    if statement.type == StatementType.MULTI:
        # PIVOT, for which DuckDB makes a type of its own first.
        return ExpectedResultType.QUERY_RESULT in statement.expected_result_type
    return statement.type in (StatementType.SELECT, StatementType.EXPLAIN)
