"""docs/settings.md: its tables."""

from collections.abc import Iterable

from sentistream.reference.variables import Variable

BEGIN, END = "<!-- from here on written by `make settings` -->", "<!-- up to here -->"


def replaced(page: str, tables: str) -> str:
    """The page with the tables between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def tables(settings: Iterable[Variable], arguments: Iterable[Variable], common: str) -> str:
    """A table for each section of the settings, and one for what commands take beside them.

    Args:
        settings: in the order of their sections.
        arguments: of commands.
        common: the section whose settings everybody reads.
    """
    lines: list[str] = []
    section = ""
    for each in settings:
        if each.section != section:
            section = each.section
            lines += [
                "",
                f"## {section}",
                "",
                "| variable | default | meaning | read by |",
                "| --- | --- | --- | --- |",
            ]
        readers = "all" if section == common or not each.readers else ", ".join(_shortest(each.readers))
        lines.append(f"| `{each.name}` | {_default(each)} | {_cell(each.meaning)} | {readers} |")
    lines += ["", "## Arguments of commands", "", "| variable | option | default | meaning | command |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for each in arguments:
        option = f"`{each.option}`"
        lines.append(
            f"| `{each.name}` | {option} | {_default(each)} | {_cell(each.meaning)} | {', '.join(each.readers)} |"
        )
    return "\n".join(lines[1:]) + "\n"


def _shortest(readers: tuple[str, ...]) -> list[str]:
    """Without the commands below `lake` where all of `lake` reads it."""
    return [each for each in readers if "`lake`" not in readers or not each.startswith("`lake ")]


def _default(variable: Variable) -> str:
    others = [f"{who} `{default}`" for who, default in variable.other_defaults.items() if default]
    return ", ".join([f"`{variable.default}`" if variable.default else "–", *others])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
