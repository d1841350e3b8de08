"""Which versions have served, as the scored table's transactions write it: their names, and a digest in pieces.

`model/<name>/<number>/digest/1` to `4` are the pieces of a version's digest, `model/<name>/serving`, `…/before` and `…/earlier` the numbers of those that
served last, and `model/<name>/unfit/<number>` is the first piece of the digest of one that turned out unfit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PIECES = 4
PIECE_BITS = 63
"""A transaction's version is a signed 64-bit number."""
SHOWN = 12
"""So many characters of a digest tell two apart."""
DIGEST = re.compile(r"model/([A-Za-z0-9_.-]{1,200})/(\d{1,18})/digest/1")


@dataclass(frozen=True)
class Known:
    """A version by whose files rows were scored."""

    name: str
    version: int
    pieces: tuple[int, ...]
    is_serving: bool
    """Whether it is the one that served last."""
    is_unfit: bool
    """Whether it turned out unfit while it served."""

    @property
    def uri(self) -> str:
        """MLflow's address of it."""
        return f"models:/{self.name}/{self.version}"

    @property
    def digest(self) -> str:
        """The beginning of its digest."""
        return written(self.pieces)[:SHOWN]


def known(transactions: Mapping[str, int]) -> list[Known]:
    """The versions of which a table says by which files they are known, by name and number."""
    found = []
    for app_id in transactions:
        if (named := DIGEST.fullmatch(app_id)) is None:
            continue
        name, version = named[1], int(named[2])
        pieces = tuple(transactions[each] for each in of_digest(name, version) if each in transactions)
        if len(pieces) == PIECES:
            is_serving = transactions.get(places(name)[0]) == version
            found.append(
                Known(name, version, pieces, is_serving, transactions.get(of_unfit(name, version)) == pieces[0])
            )
    return sorted(found, key=lambda each: (each.name, each.version))


def pieces_of(digest: str) -> tuple[int, ...]:
    """The first 252 bits of a SHA-256 (hex), 63 in each."""
    bits = int(digest, 16) >> (256 - PIECES * PIECE_BITS)
    return tuple(bits >> PIECE_BITS * at & (2**PIECE_BITS - 1) for at in reversed(range(PIECES)))


def written(pieces: tuple[int, ...]) -> str:
    """The pieces as the 63 characters of a SHA-256 that they hold."""
    bits = 0
    for piece in pieces:
        bits = bits << PIECE_BITS | piece
    return f"{bits:063x}"


def of_digest(name: str, version: int) -> list[str]:
    """The transactions that hold a version's digest."""
    return [f"model/{name}/{version}/digest/{number}" for number in range(1, PIECES + 1)]


def of_unfit(name: str, version: int) -> str:
    """The transaction of a version that turned out unfit."""
    return f"model/{name}/unfit/{version}"


def places(name: str) -> tuple[str, str, str]:
    """The transactions that number the versions that served last, the last one first."""
    return f"model/{name}/serving", f"model/{name}/before", f"model/{name}/earlier"
