""".env.example: the settings that docker-compose.yml hands on, with their defaults there."""

import re
from collections.abc import Iterable

from sentistream.reference.variables import Variable

BEGIN = "# What follows is written by `make settings`, from the settings classes and docker-compose.yml."
SUBSTITUTED = re.compile(r"\$\{([A-Z0-9_]+)(?::-((?:\$\{[^}]*\}|[^}])*))?\}")
"""A variable with its default, which may name another one."""
HANDED_ON = re.compile(r"^ +([A-Z][A-Z0-9_]+):$", re.MULTILINE)
MOUNTED = re.compile(r'\bfile: "\$\{([A-Z0-9_]+):-')
"""A variable that names a secret's file; empty, as an unset one, stands for none."""
OF_A_FILE = "In a file with nothing else, readable by user 10001: "
READABLE = " To be read by user 10001."


def replaced(example: str, sections: str) -> str:
    """The example with the sections after its mark."""
    return f"{example.partition(BEGIN)[0]}{BEGIN}\n{sections}"


def sections(variables: Iterable[Variable], compose: str) -> str:
    """What can be set, commented out, a section of the settings after the other.

    Args:
        variables: settings, and arguments of commands; the first of a name counts.
        compose: docker-compose.yml's text, which says which ones reach the containers, and with which default.
    """
    defaults: dict[str, str | None] = dict.fromkeys(HANDED_ON.findall(compose))
    for name, default in SUBSTITUTED.findall(compose):
        defaults[name] = SUBSTITUTED.sub(r"\2", default) or defaults.get(name)
    mounted = set(MOUNTED.findall(compose))
    defaults |= dict.fromkeys(mounted, "")
    by_section: dict[str, dict[str, list[str]]] = {}
    for each in variables:
        name = f"{each.name}_FILE" if f"{each.name}_FILE" in mounted else each.name
        if name not in defaults or any(name in names for names in by_section.values()):
            continue
        meaning = OF_A_FILE + each.meaning if name != each.name else each.meaning + READABLE * (name in mounted)
        default = defaults[name] if defaults[name] is not None else each.default
        by_section.setdefault(each.section, {})[name] = [f"# {meaning}", f"#{name}={default}"]
    lines: list[str] = []
    for section, names in by_section.items():
        lines += ["", f"# ── {section} ".ljust(110, "─"), *(line for pair in names.values() for line in pair)]
    return "\n".join(lines) + "\n"
