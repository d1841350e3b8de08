"""The generated files of a checkout, as they have to be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sentistream.__main__ import COMMANDS, Lazy
from sentistream.reference import example, page
from sentistream.reference.variables import SECTIONS, Variable, arguments, settings

ROOT = Path(__file__).parents[2]


def files() -> dict[Path, str]:
    """docs/settings.md and .env.example, with what is generated in its place."""
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    fields = {each.name: each for each in settings()}
    others = [each for each in arguments(commands()) if each.name not in fields]
    variables = sorted([*fields.values(), *others], key=_section)
    reference, environment = ROOT / "docs" / "settings.md", ROOT / ".env.example"
    return {
        reference: page.replaced(reference.read_text(encoding="utf-8"), tables()),
        environment: example.replaced(environment.read_text(encoding="utf-8"), example.sections(variables, compose)),
    }


def tables() -> str:
    """Every setting, and every argument that has a variable, as tables in Markdown."""
    return page.tables(settings(), arguments(commands()), next(iter(SECTIONS)))


def commands() -> Iterator[tuple[str, Any]]:
    """Every command of the entry point, with its name."""
    for name, place in COMMANDS.items():
        yield from below(Lazy(name, place).load(), name)


def below(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """A command, or all of a group's, each with its whole name."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, each in command.commands.items():
        yield from below(each, f"{path} {name}")


def _section(variable: Variable) -> int:
    known = list(SECTIONS)
    return known.index(variable.section) if variable.section in known else len(known)
