"""What the process apart says: one line of JSON, then the bytes of arrays. Whoever reads it makes numbers of it, never objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import orjson

Arrays = Mapping[str, npt.NDArray[Any]]
DTYPES = ("int32", "int64", "uint8", "uint16", "uint64", "float64")
LONGEST_LINE = 1 << 20
MOST_BYTES = 1 << 30
"""Of all arrays."""
MOST_DIMENSIONS = 3
SHOWN = 300
"""Characters of what a process says that could not begin."""


@dataclass(frozen=True)
class Prepared:
    """What a version's scorer is made from in the process that scores."""

    values: dict[str, Any]
    """Plain ones."""
    arrays: Arrays


@dataclass(frozen=True)
class Answer:
    """A version that was prepared, or why it was refused."""

    prepared: Prepared | None = None
    refused: str = ""
    unchecked: str = ""
    """What of it was let through only because unchecked models are allowed."""


class BrokenAnswerError(Exception):
    """The answer ended early, or is none."""


def say_ready(output: IO[bytes], seconds: float) -> None:
    """Say that all before the version's files is done, and what processor time it took."""
    output.write(f"{seconds:.3f}\n".encode())
    output.flush()


def say_broken(output: IO[bytes], why: str) -> None:
    """Say that it could not begin."""
    output.write(orjson.dumps(why) + b"\n")
    output.flush()


def wait_until_ready(source: IO[bytes]) -> float:
    """Wait until all before the version's files is done; the processor time in seconds.

    Raises:
        BrokenAnswerError: the process ended, or says why it could not begin.
    """
    line = source.readline(LONGEST_LINE)
    try:
        return float(line)
    except ValueError as error:
        raise BrokenAnswerError(line.decode("utf-8", "replace").strip()[:SHOWN]) from error


def write(output: IO[bytes], answer: Answer) -> None:
    """Write an answer."""
    arrays = {} if answer.prepared is None else dict(answer.prepared.arrays)
    head = {
        "values": None if answer.prepared is None else answer.prepared.values,
        "arrays": [(name, str(each.dtype), each.shape) for name, each in arrays.items()],
        "refused": answer.refused,
        "unchecked": answer.unchecked,
    }
    output.write(orjson.dumps(head) + b"\n")
    for each in arrays.values():
        output.write(np.ascontiguousarray(each).reshape(-1).view(np.uint8).data)
    output.flush()


def read(source: IO[bytes]) -> Answer:
    """Read an answer.

    Raises:
        BrokenAnswerError: it is not one, or larger than one may be.
    """
    try:
        head = orjson.loads(source.readline(LONGEST_LINE))
        values, refused, unchecked = head["values"], str(head["refused"]), str(head["unchecked"])
        arrays = {str(name): _empty(kind, shape) for name, kind, shape in head["arrays"]}
    except (ValueError, TypeError, KeyError) as error:
        raise BrokenAnswerError(repr(error)) from error
    if sum(each.nbytes for each in arrays.values()) > MOST_BYTES:
        raise BrokenAnswerError("its arrays are too large")
    for each in arrays.values():
        _fill(source, each)
    if source.read(1):
        raise BrokenAnswerError("more follows")
    return Answer(None if values is None else Prepared(dict(values), arrays), refused, unchecked)


def _empty(kind: Any, shape: Any) -> npt.NDArray[Any]:
    """An array that is yet to be filled; its memory is not touched before."""
    sizes = [int(size) for size in shape]
    if kind not in DTYPES or len(sizes) > MOST_DIMENSIONS or any(not 0 <= size <= MOST_BYTES for size in sizes):
        raise ValueError(f"{kind} {shape}")
    total = np.dtype(kind).itemsize
    for size in sizes:
        total *= size
    if total > MOST_BYTES:
        raise ValueError(f"{kind} {shape}")
    return np.empty(sizes, kind)


def _fill(source: IO[bytes], array: npt.NDArray[Any]) -> None:
    space = array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")
    at = 0
    while at < len(space):
        got = source.readinto(space[at:])  # type: ignore[attr-defined]  # a buffered pipe has it
        if not got:
            raise BrokenAnswerError("it ended early")
        at += got
