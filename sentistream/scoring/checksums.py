"""The checksums of a downloaded version, beside its files as `sha256sum` writes them: a copy that was cut or changed is known."""

import hashlib
from pathlib import Path

LIST = "SHA256SUMS"


def write(folder: Path) -> str:
    """List the files of a folder that was just filled; the list's own SHA-256 (hex)."""
    listed = "".join(f"{digest}  {name}\n" for name, digest in sorted(_digests(folder).items())).encode()
    (folder / LIST).write_bytes(listed)
    return hashlib.sha256(listed).hexdigest()


def digest(folder: Path) -> str | None:
    """The list's SHA-256 (hex) when each listed file is there as it was; None where there is no list, or it or a file can't be read."""
    try:
        listed = (folder / LIST).read_bytes()
        lines = listed.decode().splitlines()
        there = _digests(folder)
    except (OSError, UnicodeDecodeError):
        return None
    are_there = all(there.get(name) == digest for digest, _, name in (line.partition("  ") for line in lines))
    return hashlib.sha256(listed).hexdigest() if lines and are_there else None


def _digests(folder: Path) -> dict[str, str]:
    files = (each for each in folder.rglob("*") if each.is_file() and each != folder / LIST)
    return {each.relative_to(folder).as_posix(): _sha256(each) for each in files}


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
