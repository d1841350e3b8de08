"""What a version's files are: path, size and SHA-256 of each, in one file beside them, whose own SHA-256 is the version's digest."""

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import orjson

from sentistream.scoring.errors import RefusedError
from sentistream.terminal import shown

NAME = "sentistream-manifest.json"
BESIDE = (NAME, "registered_model_meta")
"""Files at the top that are not listed: this one, and what MLflow writes into a store on a disk when it loads a version by its name."""
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST_BYTES = 4 << 20
"""Of a manifest; each file takes some 200."""
LONGEST_PATH = 1_000


@dataclass(frozen=True)
class Entry:
    """One file."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The files of a version, the manifest itself left out."""

    files: Mapping[str, Entry]
    """By their paths below the artefact, with slashes."""

    @property
    def encoded(self) -> bytes:
        """The one way to write it: JSON, sorted by path."""
        files = [{"path": path, "size": each.size, "sha256": each.sha256} for path, each in sorted(self.files.items())]
        return orjson.dumps({"manifest": 1, "files": files}, option=orjson.OPT_APPEND_NEWLINE)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of its one encoding."""
        return hashlib.sha256(self.encoded).hexdigest()

    def difference(self, there: "Manifest") -> str | None:
        """The first file, by its path, that is not as it is listed here, as an end of `NAME's …`; None where all are."""
        for path in sorted({*self.files, *there.files}):
            listed, found = self.files.get(path), there.files.get(path)
            if found is None:
                return f"file {path} is missing"
            if listed is None:
                return f"file {path} was added since it was registered"
            if listed != found:
                return f"file {path} isn't what was registered"
        return None


def parse(written: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        ValueError: it is none, or is written in another way than ours.
    """
    try:
        files = {each["path"]: Entry(each["size"], each["sha256"]) for each in orjson.loads(written)["files"]}
        manifest = Manifest(files)
        is_ours = manifest.encoded == written
        for path in files:
            require_path(path)
    except (KeyError, TypeError, AttributeError, ValueError, RefusedError) as odd:
        raise ValueError("it lists no files") from odd
    if not is_ours:
        raise ValueError("it is written otherwise than a manifest is")
    return manifest


def of(folder: Path) -> Manifest:
    """Compute the manifest of the files that are in a folder now.

    Raises:
        RefusedError: it holds a link, a device or a path that no artefact has.
        OSError: a file can't be read.
    """
    files: dict[str, Entry] = {}
    folders = [folder]
    while folders:
        for entry in os.scandir(folders.pop()):
            path = Path(entry.path).relative_to(folder).as_posix()
            require_path(path)
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                folders.append(Path(entry.path))
            elif not stat.S_ISREG(mode):
                raise RefusedError(f"{path} is a link or a device, and no file.")
            elif path not in BESIDE:
                files[path] = _entry(Path(entry.path))
    return Manifest(files)


def held(folder: Path) -> str | None:
    """The digest of a copy whose manifest lies beside it and holds; None where one of them is missing or was changed."""
    try:
        with (folder / NAME).open("rb") as file:
            listed = parse(file.read(MOST_BYTES))
        return listed.digest if listed == of(folder) else None
    except (OSError, ValueError, RefusedError):
        return None


def require_path(path: str) -> None:
    """Hold a file's path against what a path below an artefact may be.

    Raises:
        RefusedError: it is absolute, leads elsewhere, or has a backslash or a character that isn't shown.
    """
    parts = path.split("/")
    is_plain = path.isprintable() and "\\" not in path and len(path) <= LONGEST_PATH
    if not is_plain or any(part in ("", ".", "..") for part in parts) or PurePosixPath(path).is_absolute():
        raise RefusedError(f"{shown(path, 200)} is no path of a file below an artefact.")


def _entry(file: Path) -> Entry:
    with file.open("rb") as content:
        return Entry(os.fstat(content.fileno()).st_size, hashlib.file_digest(content, "sha256").hexdigest())
