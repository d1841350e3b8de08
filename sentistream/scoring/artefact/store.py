"""The stores that hold artefacts, and a copy of one that stays within bounds whatever the store says or does meanwhile."""

import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from sentistream.scoring.artefact.manifest import require_path
from sentistream.scoring.artefact.source import Place
from sentistream.scoring.errors import RefusedError

MOST_FILES = 2_000
"""Of an artefact, its folders among them; a trained one has some 60."""
MOST_BYTES = 2 << 30
PIECE = 1 << 20
MOST_SECONDS = 300.0
"""Of a copy from a store that isn't a folder here."""
LOOK_SECONDS = 0.05
"""Between two looks at what another library has written by now."""


@dataclass(frozen=True)
class Found:
    """A file or a folder in a store."""

    path: str
    """Below the artefact."""
    size: int | None
    """Bytes; None of a folder."""


class Store(Protocol):
    """The files of one artefact."""

    def within(self, folder: str) -> Iterator[Found]:
        """What lies in a folder, of which the artefact's own is an empty path."""

    def fill(self, target: Path, sizes: Mapping[str, int]) -> None:
        """Copy the listed files, each with at most as many bytes as it had then, into a folder that is empty.

        Raises:
            RefusedError: there are more bytes or files by now.
        """

    def put(self, file: Path) -> None:
        """Add a file to the artefact's own folder."""


def listed(store: Store) -> dict[str, int]:
    """The size of each file of an artefact, by its path.

    Raises:
        RefusedError: there are too many files or bytes, or a path is none below the artefact.
    """
    sizes: dict[str, int] = {}
    folders, seen, total = [""], 0, 0
    while folders:
        for found in store.within(folders.pop()):
            seen += 1
            if seen > MOST_FILES:
                raise RefusedError(f"it has more than {MOST_FILES:,} files and folders.")
            require_path(found.path)
            if found.size is None:
                folders.append(found.path)
            else:
                sizes[found.path] = found.size
                total += found.size
            if total > MOST_BYTES:
                raise RefusedError(f"it has more than {MOST_BYTES >> 20:,} MiB.")
    return sizes


def at(place: Place) -> Store:
    """The store at a place."""
    return Folder(place.path) if place.scheme == "file" else Remote(get_artifact_repository(place.uri))


class Folder:
    """An artefact on a disk. Links are not followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def within(self, folder: str) -> Iterator[Found]:
        """What lies in a folder.

        Raises:
            RefusedError: a link or a device does.
        """
        if not (self._folder / folder).is_dir():
            return
        with os.scandir(self._folder / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                require_path(path)
                state = entry.stat(follow_symlinks=False)
                if not stat.S_ISDIR(state.st_mode) and not stat.S_ISREG(state.st_mode):
                    raise RefusedError(f"its {path} is a link or a device, and no file.")
                yield Found(path, None if stat.S_ISDIR(state.st_mode) else state.st_size)

    def fill(self, target: Path, sizes: Mapping[str, int]) -> None:
        """Copy the listed files."""
        for path, size in sizes.items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            self._copy(path, target / path, size)

    def _copy(self, path: str, target: Path, size: int) -> None:
        # Without waiting: a pipe that took a file's place would never be opened.
        source = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(source, "rb") as content, target.open("xb") as copy:
            if not stat.S_ISREG(os.fstat(source).st_mode):
                raise RefusedError(f"its {path} is a link or a device, and no file.")
            left = size
            while piece := content.read(min(PIECE, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise RefusedError(f"its {path} grew while it was read.")
                copy.write(piece)

    def put(self, file: Path) -> None:
        """Add a file, whole or not at all."""
        part = self._folder / f".{file.name}.part"
        shutil.copyfile(file, part)
        part.replace(self._folder / file.name)


class Remote:
    """An artefact that MLflow's own client reads: on an object store, or by the registry's server; a copy takes so many seconds at most."""

    def __init__(self, repository: ArtifactRepository, seconds: float = MOST_SECONDS) -> None:
        self._repository = repository
        self._seconds = seconds

    def within(self, folder: str) -> Iterator[Found]:
        """What lies in a folder."""
        for each in self._repository.list_artifacts(folder or None):
            # Some stores list the folder itself, too.
            if each.path not in (".", folder):
                yield Found(each.path, None if each.is_dir else each.file_size or 0)

    def fill(self, target: Path, sizes: Mapping[str, int]) -> None:
        """Copy the files, which MLflow lists once more, and give up where they are more than they were.

        Raises:
            TimeoutError: it takes too long.
            RefusedError: there are more bytes or files by now.
        """
        failed: list[Exception] = []

        def download() -> None:
            try:
                self._repository.download_artifacts("", str(target))  # type: ignore[no-untyped-call]  # MLflow
            except Exception as error:  # raised again in the thread that waits
                failed.append(error)

        # A daemon: nobody waits for a store that sends without end.
        downloading = threading.Thread(target=download, daemon=True)
        downloading.start()
        deadline = time.monotonic() + self._seconds
        while downloading.is_alive():
            downloading.join(LOOK_SECONDS)
            _require_no_more(target, sizes)
            if time.monotonic() > deadline and downloading.is_alive():
                raise TimeoutError(f"it was not all here after {self._seconds:g} s")
        if failed:
            raise failed[0]

    def put(self, file: Path) -> None:
        """Add a file."""
        self._repository.log_artifact(str(file))  # type: ignore[no-untyped-call]  # MLflow


def _require_no_more(target: Path, sizes: Mapping[str, int]) -> None:
    there = [size for file in target.rglob("*") if (size := _size(file)) is not None]
    if len(there) > len(sizes) or sum(there) > sum(sizes.values()):
        raise RefusedError("it grew while it was read.")


def _size(file: Path) -> int | None:
    try:
        state = file.stat()
    except FileNotFoundError:  # it got its own name meanwhile
        return None
    return state.st_size if stat.S_ISREG(state.st_mode) else None
