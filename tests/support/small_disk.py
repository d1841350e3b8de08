"""A small file system of a test's own, which gets full and read-only as a real one does."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A mounted file system in memory."""

    folder: Path
    sudo: tuple[str, ...] = ()

    @property
    def _filler(self) -> Path:
        return self.folder / "filler"

    def fill(self, left: int = 0) -> None:
        """Take all of its space but some bytes, which are rounded down to pages."""
        with suppress(OSError), self._filler.open("ab", buffering=0) as filler:
            while filler.write(b"x" * 4096):
                pass
        os.truncate(self._filler, max(0, self._filler.stat().st_size - left))

    def make_room(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Take no write, whoever asks; nothing may be open for writing."""
        self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")

    def _remount(self, how: str) -> None:
        subprocess.run([*self.sudo, "mount", "-o", f"remount,{how}", str(self.folder)], check=True)


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount a file system of so many bytes (`256k`, `64m`) at a folder; skips the test where this user may not."""
    folder.mkdir()
    options = f"size={size},uid={os.geteuid()},mode=0700"
    for sudo in ((), ("sudo", "-n")):
        command = [*sudo, "mount", "-t", "tmpfs", "-o", options, "small", str(folder)]
        try:
            is_mounted = subprocess.run(command, capture_output=True).returncode == 0
        except FileNotFoundError:
            continue
        if is_mounted:
            break
    else:
        pytest.skip("this user may mount no file system")
    try:
        yield SmallDisk(folder, sudo)
    finally:
        # At once, whoever still holds a file of it.
        subprocess.run([*sudo, "umount", "--lazy", str(folder)], check=True)
