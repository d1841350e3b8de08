"""What is read: a file, a folder, a glob, standard input or objects of an S3 store, one after the other."""

import glob
import io
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sentistream.errors import UserError

STANDARD_INPUT, S3_SCHEME = "-", "s3://"


@dataclass(frozen=True)
class Input:
    """One file or object."""

    name: str
    """As `source_position` names it: the same wherever the file lies."""
    shown: str
    """As messages name it."""
    size: int | None
    """Bytes as stored; None where that is not known."""
    open: Callable[[], BinaryIO]
    cut: bool = False
    """True where only its beginning can be seen: that it ends early is no fault."""

    @property
    def can_be_read_again(self) -> bool:
        """False for standard input and named pipes."""
        return self.size is not None


def expand(arguments: Iterable[str], *, named_apart: bool = True) -> list[Input]:
    """Every input that the arguments name, in the order in which they are read; a folder's and a glob's by name.

    Args:
        arguments: files, folders, globs, `-` and `s3://…`.
        named_apart: whether each needs a name of its own, as what is replayed and resumed does.

    Raises:
        UserError: one names nothing, can't be read, or is given twice; or two have the same name, and may not.
    """
    inputs = [each for argument in arguments for each in _named_by(argument)]
    seen: dict[str, Input] = {}
    for each in inputs:
        # In a key space of their own, for a name may look like a path.
        if seen.setdefault(f"shown {each.shown}", each) is not each:
            raise UserError(f"{each.shown} is given twice.", exit_code=2)
        if named_apart and each.name in seen:
            raise UserError(
                f"{seen[each.name].shown} and {each.shown} are both called {each.name}, and a resumed replay could not "
                "tell them apart: give the folder that holds both.",
                exit_code=2,
            )
        seen[each.name] = each
    return inputs


def local(path: Path) -> Input:
    """A local file.

    Raises:
        UserError: there is none, or it can't be read.
    """
    if not path.exists() or path.is_dir():
        raise UserError(f"{path}: there is no such file.", exit_code=2)
    return _file(path, path.name)


def _named_by(argument: str) -> list[Input]:
    if argument == STANDARD_INPUT:
        return [
            Input("stdin", "standard input", None, lambda: cast(BinaryIO, io.FileIO(sys.stdin.fileno(), closefd=False)))
        ]
    if argument.startswith(S3_SCHEME):
        # Imported where it is chosen: who reads files needs no client of an object store.
        try:
            from sentistream.files.content import s3
        except ModuleNotFoundError as missing:
            raise UserError(
                f"{argument}: reading from S3 needs the package {missing.name}: pip install 'sentistream[s3]', or build the image with S3=1.",
                exit_code=2,
            ) from missing

        return [
            Input(name, f"{S3_SCHEME}{each.bucket}/{each.key}", each.size, each.open)
            for name, each in s3.objects(argument)
        ]
    path = Path(argument)
    if path.is_dir():
        within = [file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path))]
        if not within:
            raise UserError(f"{argument}: the folder holds no file.", exit_code=2)
        return [_file(file, file.relative_to(path).as_posix()) for file in sorted(within)]
    if path.exists():
        return [_file(path, path.name)]
    matches = sorted(Path(match) for match in glob.glob(argument, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = [match for match in matches if match.is_file()]
    if not files:
        nothing = "matches no file" if glob.has_magic(argument) else "there is no such file"
        raise UserError(f"{argument}: {nothing}.", exit_code=2)
    return [_file(match, match.name) for match in files]


def _hidden(within: Path) -> bool:
    return any(part.startswith(".") for part in within.parts)


def _file(path: Path, name: str) -> Input:
    if not os.access(path, os.R_OK):
        raise UserError(f"{path} can't be read: check its permissions.", exit_code=2)
    # A named pipe has no size.
    size = path.stat().st_size if path.is_file() else None
    return Input(name, str(path), size, lambda: cast(BinaryIO, io.FileIO(path)))
