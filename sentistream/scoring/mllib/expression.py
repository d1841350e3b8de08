"""The SQL of a pipeline's `SQLTransformer` stages: nested calls over one column, as trees.

Only `SELECT *, <expression> AS <name> FROM __THIS__` with the functions that the scorer repeats exactly; Spark's own string literals, with
their escapes (https://spark.apache.org/docs/4.2.0/sql-ref-literals.html).
"""

import re
from dataclasses import dataclass

from sentistream.scoring.mllib.errors import CannotCompileError

STATEMENT = re.compile(
    r"\s*SELECT\s+\*\s*,\s*(?P<expression>.+)\s+AS\s+`?(?P<name>\w+)`?\s+FROM\s+__THIS__\s*", re.DOTALL | re.IGNORECASE
)
TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_]\w*(?!\w*["'])|`\w+`)|(?P<raw>[rR](?:"[^"]*"|'[^']*'))|(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<mark>[(),]))""",
    re.DOTALL,
)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}


@dataclass(frozen=True)
class Column:
    """A column by its name."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function of columns, literals and calls."""

    function: str
    arguments: "tuple[Expression, ...]"


Expression = Column | Call | str


def parse(statement: str) -> tuple[str, Expression]:
    """A statement → the name of the column it adds, and the expression.

    Raises:
        CannotCompileError: it is written in another way.
    """
    whole = STATEMENT.fullmatch(statement)
    if whole is None:
        raise CannotCompileError(f"the statement {statement[:60]}… adds something else than one column to all")
    tokens = _tokens(whole["expression"])
    expression, end = _expression(tokens, 0)
    if end != len(tokens):
        raise CannotCompileError(f"the statement adds more than one column, or holds {tokens[end][1]}")
    return whole["name"], expression


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    source = source.strip()
    while at < len(source):
        token = TOKEN.match(source, at)
        if token is None or token.lastgroup is None:
            raise CannotCompileError(f"the expression at {source[at : at + 30]!r} is not taken")
        tokens.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return tokens


def _expression(tokens: list[tuple[str, str]], at: int) -> tuple[Expression, int]:
    if at >= len(tokens):
        raise CannotCompileError("the expression ends early")
    kind, written = tokens[at]
    if kind == "raw":
        return written[2:-1], at + 1
    if kind == "text":
        return _unescaped(written[1:-1]), at + 1
    if kind != "name":
        raise CannotCompileError(f"the expression holds {written}")
    if tokens[at + 1 : at + 2] != [("mark", "(")]:
        return Column(written.strip("`")), at + 1
    arguments: list[Expression] = []
    at += 2
    while True:
        argument, at = _expression(tokens, at)
        arguments.append(argument)
        separator = tokens[at][1] if at < len(tokens) else ""
        at += 1
        if separator == ")":
            return Call(written.lower(), tuple(arguments)), at
        if separator != ",":
            raise CannotCompileError(f"the call of {written} is not closed")


def _unescaped(body: str) -> str:
    def character(escape: re.Match[str]) -> str:
        escaped = escape[1]
        if escaped in "uU123456789%_" or (escaped == "0" and body[escape.end() : escape.end() + 1].isdigit()):
            raise CannotCompileError(f"the escape \\{escaped} in a literal is not taken")
        return ESCAPES.get(escaped, escaped)

    return re.sub(r"\\(.)", character, body, flags=re.DOTALL)
