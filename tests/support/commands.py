"""Our command lines, as a user starts them."""

import os
import subprocess
import sys
from pathlib import Path

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
