"""The replay source: labelled files → records, with broken rows counted and reported."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from producer.record import Record, from_labelled
from sentistream import labelled_files
from sentistream.labelled_files import BrokenRow, Scan


def records(
    path: Path,
    on_broken: Callable[[BrokenRow], None],
    skip: int = 0,
    limit: int | None = None,
    known: Scan | None = None,
) -> Iterator[Record]:
    """The usable rows of a file as records, after `skip` of them and at most `limit`."""

    def usable() -> Iterator[Record]:
        for row in labelled_files.read(path, known):
            if isinstance(row, BrokenRow):
                on_broken(row)
            else:
                yield from_labelled(path, row)

    return islice(usable(), skip, None if limit is None else skip + limit)
