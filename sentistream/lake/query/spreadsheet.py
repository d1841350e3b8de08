"""Foreign text in a cell that a spreadsheet shows and does not run."""

import pyarrow as pa
import pyarrow.compute as pc

from sentistream.terminal import shown

FORMULA = r"\A([=+\-@\t\r])"
"""How text begins that a spreadsheet would run (https://owasp.org/www-community/attacks/CSV_Injection)."""


def inert(text: pa.Array, on_terminal: bool = False) -> pa.Array:
    """Strings, with a ' before those that a spreadsheet would run and, where they go to a terminal, as `shown` has them; a null stays one."""
    guarded = pc.replace_substring_regex(text, FORMULA, r"'\1")
    if not on_terminal:
        return guarded
    return pa.array([None if cell is None else shown(cell) for cell in guarded.to_pylist()], text.type)
