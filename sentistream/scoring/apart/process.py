"""Starts the process apart, bounds it, and turns whatever becomes of it into a scorer's parts or one sentence."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import orjson

import sentistream
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import full_stop
from sentistream.scoring.apart import answer
from sentistream.scoring.apart.answer import Answer, BrokenAnswerError
from sentistream.scoring.errors import NotLoadedError, RefusedError

KEPT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME"),
    *("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
"""Variables that it gets; of all others it knows nothing."""
ALONE = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"),
    # The allocators that reserve much at once would count against the limit.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
}
MEMORY_BYTES = 1 << 30
PROCESSOR_SECONDS = 20
SECONDS = 60
"""Three times that: on a busy machine, honest work takes longer by the clock."""
STARTING_SECONDS = 120
"""Until it reads the version's files: where numba has no cache, the kernel is compiled first."""
ENDING_SECONDS = 2
"""For a process that has closed its pipe to end."""


@dataclass(frozen=True)
class Limits:
    """What the process may use."""

    memory_bytes: int = MEMORY_BYTES
    """Of data; the code that it maps is not counted."""
    processor_seconds: int = PROCESSOR_SECONDS
    seconds: float = SECONDS
    """By the clock; who did not use up the processor's seconds by then is no fault of the version."""


class ProcessApart:
    """A process for one version. It warms up from when it is made, so that it may be made before the version is known.

    Args:
        module: its flavour's (`sentistream.scoring.scorer.FLAVOURS`).
        niceness: how far it gives way to other processes.
        limits: of memory and time.
    """

    def __init__(self, module: str, *, niceness: int = 0, limits: Limits | None = None) -> None:
        self.module = module
        self._limits = limits or Limits()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            # Not from the folder that we happen to be in.
            [sys.executable, "-P", "-m", "sentistream.scoring.apart", module, str(niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            # Ctrl-C reaches the whole group; only we answer it.
            start_new_session=True,
        )
        self._deadline = _Deadline(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            _kill(self._process)
            self._ended()

    def prepared(self, version: ModelVersion, folder: Path, *, unchecked: bool = False) -> Answer:
        """Have a version's files read, held against the list, compiled and tried.

        Args:
            version: whose files they are.
            folder: the local copy, as its flavour lays it out.
            unchecked: whether one that isn't understood is let through.

        Raises:
            RefusedError: the version is not understood, or took more than it may.
            NotLoadedError: it could not be told, since the machine was too busy or ended the process.
        """
        request = {
            "folder": str(folder.absolute()),
            "classes": len(version.labels.names),
            "unchecked": unchecked,
            "limits": asdict(self._limits),
        }
        said, why = Answer(), ""
        try:
            said = self._asked(request)
        except (BrokenAnswerError, OSError) as broken:
            why = str(broken)
            # What ended it is known when it has ended.
            self._deadline.is_in(ENDING_SECONDS)
        except BaseException:
            _kill(self._process)
            raise
        finally:
            code, used = self._ended()
        if said.refused:
            raise RefusedError(full_stop(f"{version.uri} is not run: {said.refused}"))
        if said.prepared is None:
            raise _died(version, self._limits, code, used, self._deadline, why)
        return said

    def _asked(self, request: object) -> Answer:
        asked, said = self._process.stdin, self._process.stdout
        if asked is None or said is None:
            raise BrokenAnswerError("it has no pipes")
        with asked, said:
            self._deadline.is_in(STARTING_SECONDS)
            self._deadline.spent = answer.wait_until_ready(said)
            self._deadline.is_in(self._limits.seconds)
            asked.write(orjson.dumps(request) + b"\n")
            asked.flush()
            return answer.read(said)

    def _ended(self) -> tuple[int, float]:
        """Its exit code, and the seconds of processor time that it used."""
        # Until it is waited for in earnest, its number is nobody else's.
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self._deadline.cancel()
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return self._process.returncode, usage.ru_utime + usage.ru_stime


class _Deadline:
    """Kills a process when its time is over."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._timer: threading.Timer | None = None
        self.spent: float | None = None
        """Seconds of processor time before the version's files were read; None where they never were."""
        self.passed = False

    def is_in(self, seconds: float) -> None:
        """Set it anew, unless it has passed."""
        self.cancel()
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        """Let the process live."""
        if self._timer is not None:
            self._timer.cancel()

    def _pass(self) -> None:
        self.passed = True
        _kill(self._process)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """`Popen.kill` waits for one that has ended already, and then its exit code and time are asked for in vain."""
    if process.returncode is None:
        os.kill(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    root = str(Path(sentistream.__file__).parents[1])
    return {name: os.environ[name] for name in KEPT if name in os.environ} | ALONE | {"PYTHONPATH": root}


def _died(
    version: ModelVersion, limits: Limits, code: int, used: float, deadline: _Deadline, why: str
) -> RefusedError | NotLoadedError:
    if deadline.spent is None:
        return NotLoadedError(
            version, f"{version.uri} was not loaded: the process for it did not start ({why or _how(code)})."
        )
    if code == -signal.SIGXCPU or used - deadline.spent >= limits.processor_seconds:
        return RefusedError(
            f"{version.uri} is not run: to load it takes more than {limits.processor_seconds} s of processor time."
        )
    if code == -signal.SIGKILL and not deadline.passed:
        return NotLoadedError(
            version, f"{version.uri} was not loaded: the process for it was killed; is there enough memory?"
        )
    if deadline.passed:
        return NotLoadedError(
            version, f"{version.uri} was not loaded within {limits.seconds:g} s, the machine is too busy."
        )
    return RefusedError(
        f"{version.uri} is not run: the process that loads it died ({_how(code)}); it may need more than {limits.memory_bytes >> 20} MiB."
    )


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
