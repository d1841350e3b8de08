"""The checksums of a downloaded version, beside its files as `sha256sum` writes them: a copy that was cut or changed is known."""

import hashlib
from pathlib import Path

LIST = "SHA256SUMS"


def write(folder: Path) -> None:
    """List the files of a folder that was just filled."""
    listed = (f"{digest}  {name}\n" for name, digest in sorted(_digests(folder).items()))
    (folder / LIST).write_text("".join(listed), encoding="utf-8")


def hold(folder: Path) -> bool:
    """True when each listed file is there as it was; False where there is no list, or it or a file can't be read."""
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
        there = _digests(folder)
    except (OSError, UnicodeDecodeError):
        return False
    return bool(lines) and all(
        there.get(name) == digest for digest, _, name in (line.partition("  ") for line in lines)
    )


def _digests(folder: Path) -> dict[str, str]:
    files = (each for each in folder.rglob("*") if each.is_file() and each != folder / LIST)
    return {each.relative_to(folder).as_posix(): _sha256(each) for each in files}


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
