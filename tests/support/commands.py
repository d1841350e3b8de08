"""Our command lines, as a user starts them."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

from sentistream.__main__ import start
from tests.support.places import ROOT


def run_module(
    *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of our command lines as a user would; standard output and error as text."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd or ROOT,
        env={**os.environ, **(env or {})},
    )


def start_module(*arguments: str, env: dict[str, str]) -> subprocess.Popen[str]:
    """As `run_module`, and not waited for; its standard error can be read when it has ended."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, env={**os.environ, **env}, stderr=subprocess.PIPE, text=True
    )


def run_here(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`sentistream` with these arguments in this process, for commands that start nothing and log nothing: 0.5 s less each, 4 s where it is MLflow's."""
    output, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code: object = 0
    with (
        mock.patch.object(sys, "argv", ["sentistream", *arguments]),
        # MLflow leaves its address there.
        mock.patch.dict(os.environ, env or {}),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        try:
            start()
        except SystemExit as ended:
            code = ended.code
    written = []
    for stream in (output, errors):
        stream.flush()
        written.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]  # of a BytesIO
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, *written)
