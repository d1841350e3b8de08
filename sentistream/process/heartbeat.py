"""The heartbeat: a file that a service touches while it makes progress; `python -m sentistream.heartbeat` is the health check (standard library only)."""

import os
import sys
import time
from pathlib import Path

FRESH_SECONDS = 30.0
"""How old the file of a healthy service may be, unless HEARTBEAT_SECONDS says otherwise."""
EVERY_SECONDS = 1.0


class Heartbeat:
    """Touches a file, at most once a second; without a file it does nothing."""

    def __init__(self, file: str | None) -> None:
        self._file = Path(file) if file else None
        self._due = 0.0
        self._is_told = False

    def beat(self) -> None:
        """Say that work was done, or that there is none to do."""
        now = time.monotonic()
        if self._file is not None and now >= self._due:
            self._due = now + EVERY_SECONDS
            try:
                self._file.touch()
            except OSError as refused:
                self._tell(refused)

    def _tell(self, refused: OSError) -> None:
        """Say once that there is no sign of life; the work goes on, and the health check fails by itself."""
        if not self._is_told:
            # Not for the health check, which has the standard library only.
            import structlog

            from sentistream.process import disk

            self._is_told = True
            structlog.get_logger().warning("no heartbeat (HEARTBEAT_FILE)", reason=disk.told(refused))


def check(file: Path, fresh_seconds: float) -> str | None:
    """What is wrong, in one sentence; None when the file was touched lately."""
    try:
        age = time.time() - file.stat().st_mtime
    except OSError:
        return f"No sign of work yet: {file} (HEARTBEAT_FILE) is not there."
    return (
        None if age <= fresh_seconds else f"No sign of work for {age:.0f} s (HEARTBEAT_SECONDS: {fresh_seconds:.0f})."
    )


def main() -> int:
    """0 when the service that writes HEARTBEAT_FILE is at work."""
    problem = check(Path(os.environ["HEARTBEAT_FILE"]), float(os.environ.get("HEARTBEAT_SECONDS", FRESH_SECONDS)))
    if problem:
        sys.stdout.write(problem + "\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
