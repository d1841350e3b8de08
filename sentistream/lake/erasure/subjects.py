"""The subjects of an erasure request: tweet and author ids, from the command line and from a file."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sentistream.contracts.topic import LARGEST_ID
from sentistream.errors import UserError
from sentistream.lake.erasure.requests import Subjects

LINE = re.compile(r"(?P<author>author:)?(?P<number>[0-9]{1,19})")


def gathered(tweets: Iterable[int], authors: Iterable[int], file: Path | None) -> Subjects:
    """All that was named.

    Raises:
        UserError: nothing was, an id is none, or the file can't be read; names the line.
    """
    read = list(_of_file(file)) if file is not None else []
    subjects = Subjects(
        frozenset(_sound("--tweet-id", tweets)) | {number for is_author, number in read if not is_author},
        frozenset(_sound("--author-id", authors)) | {number for is_author, number in read if is_author},
    )
    if not (subjects.tweets or subjects.authors):
        raise UserError(
            "Say what to forget: --tweet-id N, --author-id N, or --file with one of them a line.", exit_code=2
        )
    return subjects


def _sound(option: str, ids: Iterable[int]) -> Iterator[int]:
    for each in ids:
        if not 0 < each <= LARGEST_ID:
            raise UserError(f"{option} {each}: an id is a number from 1 to 2^63-1.", exit_code=2)
        yield each


def _of_file(file: Path) -> Iterator[tuple[bool, int]]:
    """For each line, whether it names an author, and the id; empty lines do not count."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as refused:
        raise UserError(f"--file {file} can't be read ({refused.strerror}).", exit_code=2) from refused
    for number, line in enumerate(lines, 1):
        if line.strip():
            entry = LINE.fullmatch(line.strip())
            if entry is None or not 0 < int(entry["number"]) <= LARGEST_ID:
                raise UserError(
                    f"--file {file}, line {number}: neither a tweet's id nor author:ID. Nothing was forgotten.",
                    exit_code=2,
                )
            yield entry["author"] is not None, int(entry["number"])
