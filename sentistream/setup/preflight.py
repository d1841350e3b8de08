"""Checks of the machine before anything is installed; the standard library only, so that any Python 3 from 3.6 on can run it."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sentistream.errors import UserError

PYTHON_VERSIONS = ((3, 11), (3, 13))
JAVA_VERSIONS = (17, 21)
FREE_BYTES_TO_INSTALL = 4 * 1024**3
FREE_BYTES_TO_RUN = 512 * 1024**2


class PreflightError(UserError):
    """A machine that can't run sentistream, in one sentence that says what to install or change."""


def check_python(_root: Path) -> str:
    """Accept Python 3.11 to 3.13 with the venv module; return a line for the log."""
    found = sys.version_info[:2]
    if not PYTHON_VERSIONS[0] <= found <= PYTHON_VERSIONS[1]:
        raise PreflightError(
            f"Python {found[0]}.{found[1]} is not supported: install Python 3.11, 3.12 or 3.13 "
            "(apt-get install python3.11 python3.11-venv) and run `make PYTHON=python3.11 …`."
        )
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise PreflightError(
            f"Python {found[0]}.{found[1]} has no venv module: apt-get install python{found[0]}.{found[1]}-venv."
        )
    return f"Python {sys.version.split()[0]}"


def java_executable() -> str:
    """Return the path of the `java` that JAVA_HOME or PATH names.

    Raises:
        PreflightError: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if home:
        candidate = Path(home) / "bin" / "java"
        if not os.access(candidate, os.X_OK):
            raise PreflightError(f"JAVA_HOME is {home}, but there is no bin/java in it: correct or unset JAVA_HOME.")
        return str(candidate)
    found = shutil.which("java")
    if found is None:
        raise PreflightError("Java is missing: apt-get install openjdk-17-jre-headless (17 or 21), or set JAVA_HOME.")
    return found


def check_java(_root: Path) -> str:
    """Accept Java 17 or 21; return a line for the log."""
    executable = java_executable()
    try:
        answer = subprocess.run([executable, "-version"], capture_output=True, text=True, check=True)  # noqa: S603 - the user's own java
    except (OSError, subprocess.CalledProcessError) as failure:
        raise PreflightError(
            f"{executable} does not run ({failure}): apt-get install openjdk-17-jre-headless."
        ) from failure
    match = re.search(r'version "(\d+)(?:\.(\d+))?', answer.stderr + answer.stdout)
    major = int(match.group(1)) if match else 0
    if major == 1 and match and match.group(2):
        major = int(match.group(2))
    if major not in JAVA_VERSIONS:
        raise PreflightError(
            f"Java {major or 'of an unknown version'} at {executable} is not supported: "
            "apt-get install openjdk-17-jre-headless (17 or 21) and point JAVA_HOME at it."
        )
    return f"Java {major}"


def check_disk(root: Path) -> str:
    """Accept enough free space for an installation, or for a run where one is present."""
    needed = FREE_BYTES_TO_RUN if (root / ".venv" / ".ready").exists() else FREE_BYTES_TO_INSTALL
    free = shutil.disk_usage(root).free
    if free < needed:
        raise PreflightError(
            f"Only {free / 1024**3:.1f} GiB are free on the disk of {root}: {needed / 1024**3:.1f} GiB are needed."
        )
    return f"{free / 1024**3:.0f} GiB free"


def check_writable(root: Path) -> str:
    """Accept a checkout that the user may write to."""
    if not os.access(root, os.W_OK):
        raise PreflightError(f"{root} is not writable: clone into a folder of your own, or change its owner.")
    return "checkout writable"


CHECKS = (check_python, check_java, check_disk, check_writable)


def run(root: Path) -> "list[str]":
    """Run every check.

    Returns:
        One short line for each check that passed.

    Raises:
        PreflightError: with the sentences of all checks that failed, one a line; the others need a Python that passes.
    """
    passed: list[str] = []
    failed: list[str] = []
    for check in CHECKS:
        try:
            passed.append(check(root))
        except PreflightError as failure:
            failed.append(str(failure))
            if check is check_python:
                break
    if failed:
        raise PreflightError("\n".join(failed))
    return passed


def main() -> int:
    """Check this machine before a command; silent when all is well."""
    try:
        run(Path(__file__).resolve().parents[2])
    except PreflightError as failure:
        sys.stderr.write("".join(f"error: {line}\n" for line in str(failure).splitlines()))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
