"""Runs a notebook's cells in a process of their own, without Jupyter, and keeps what they show as Jupyter does."""

import ast
import base64
import contextlib
import io
import json
import os
import subprocess
import sys
from typing import Any

from tests.support.places import ROOT

NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
Notebook = dict[str, Any]


def read() -> Notebook:
    found: Notebook = json.loads(NOTEBOOK.read_text())
    return found


def write(notebook: Notebook) -> None:
    NOTEBOOK.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


def executed(notebook: Notebook, env: dict[str, str]) -> Notebook:
    """The notebook with the outputs of a run in which every cell ended well."""
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    run = subprocess.run(
        [sys.executable, "-m", "tests.support.notebook"],
        cwd=ROOT,
        env={**os.environ, **env},
        input=json.dumps(sources),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    outputs = iter(json.loads(run.stdout))
    cells, number = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            number += 1
            cell = {**cell, "execution_count": number, "outputs": next(outputs)}
            for each in cell["outputs"]:
                if each["output_type"] == "execute_result":
                    each["execution_count"] = number
        cells.append(cell)
    return {**notebook, "cells": cells}


def _run_cells(sources: list[str]) -> list[list[dict[str, Any]]]:
    import matplotlib

    matplotlib.use("agg")
    names: dict[str, Any] = {"__name__": "__main__"}
    return [_run(number, source, names) for number, source in enumerate(sources, 1)]


def _run(number: int, source: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), f"<cell {number}>", "exec"), names)  # noqa: S102 - the notebook's own cells
        if last is not None:
            value = eval(compile(ast.Expression(last.value), f"<cell {number}>", "eval"), names)  # noqa: S307 - as well
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append(
            {"output_type": "stream", "name": "stdout", "text": printed.getvalue().splitlines(keepends=True)}
        )
    if value is not None:
        outputs.append({"output_type": "execute_result", "metadata": {}, "data": _shown(value)})
    return outputs


def _shown(value: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"text/plain": repr(value).splitlines(keepends=True)}
    page = value._repr_html_() if hasattr(value, "_repr_html_") else None
    if page is not None:
        shown["text/html"] = page.splitlines(keepends=True)
    if hasattr(value, "savefig"):
        picture = io.BytesIO()
        value.savefig(picture, format="png", dpi=72)
        shown["image/png"] = base64.b64encode(picture.getvalue()).decode()
    return shown


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_run_cells(json.loads(sys.stdin.read()))))
