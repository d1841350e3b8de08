"""Which versions have served, as application transactions of the scored table's own commits.

With the first commit that a version scores, the table says by which files it is known: the versions of `model/<name>/<number>/digest/1` to `4` are
pieces of the digest. So another version under the same name and number is noticed, even if the registry's tags were written anew with the files.
The version of `model/<name>/serving` is the number of the one that served last, those of `…/before` and `…/earlier` the ones before it that did not turn
out unfit. That of `model/<name>/unfit/<number>` is the first piece of the digest of one that turned out unfit while it served. All of it commits with
the rows, and outlives the log's clean-up in its checkpoints.
"""

from dataclasses import dataclass

from deltalake import DeltaTable, Transaction

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.errors import UnfitError

PIECES = 4
PIECE_BITS = 63
"""A transaction's version is a signed 64-bit number."""
SHOWN = 12
"""So many characters of a digest tell two apart."""


@dataclass(frozen=True)
class Served:
    """By which version rows were scored, and which ones turned out unfit until then."""

    model: ModelVersion
    unfit: tuple[ModelVersion, ...] = ()

    def transactions(self, table: DeltaTable) -> list[Transaction]:
        """What a commit of the rows says of it, as far as the table (as of the commit before) does not say so yet.

        Raises:
            UnfitError: as `require`.
        """
        name, found = self.model.name, first_digest(table, self.model)
        # What turned out unfit is nothing to go back to, in place of one that did serve.
        passed = {self.model.version, *(each.version for each in self.unfit if each.name == name)}
        served = [self.model.version, *(number for number in latest(table, name) if number not in passed)]
        for app_id, number in zip(_places(name), served, strict=False):
            if table.transaction_version(app_id) != number:
                found.append(Transaction(app_id, number))
        for each in self.unfit:
            mark = _pieces(each.digest)[0] if each.digest else None
            if mark is not None and table.transaction_version(_unfit(each)) != mark:
                found.append(Transaction(_unfit(each), mark))
        return found


def require(table: DeltaTable, model: ModelVersion) -> None:
    """Hold a loaded version against what the table knows of its name and number; a table that knows nothing refuses nobody.

    Raises:
        UnfitError: its files are others than those that served first, or it turned out unfit while it served.
    """
    if not model.digest:
        return
    if table.transaction_version(_unfit(model)) == _pieces(model.digest)[0]:
        raise UnfitError(
            model,
            f"{model.uri} turned out unfit when it served (docs/models.md): register it anew to have it tried again.",
        )
    known = _known(table, model)
    if known is not None and known != _pieces(model.digest):
        raise UnfitError(
            model,
            f"{model.uri} has other files than when it first served (digest {model.digest[:SHOWN]}…, then {_hex(known)[:SHOWN]}…): "
            "whoever changed them, a number stays with its files: register them anew, or, if the registry is a new one, under another MODEL_NAME.",
        )


def first_digest(table: DeltaTable, model: ModelVersion) -> list[Transaction]:
    """The transactions that say by which files a version is known; none where the table says it already, or nothing is known.

    Raises:
        UnfitError: as `require`.
    """
    require(table, model)
    if not model.digest or _known(table, model) is not None:
        return []
    return [Transaction(app_id, piece) for app_id, piece in zip(_digest(model), _pieces(model.digest), strict=True)]


def latest(table: DeltaTable, name: str) -> list[int]:
    """The numbers of the versions that served last, the last one first; at most three."""
    numbers = (table.transaction_version(app_id) for app_id in _places(name))
    return list(dict.fromkeys(number for number in numbers if number is not None))


def is_known(table: DeltaTable, model: ModelVersion) -> bool:
    """True where the table says by which files the version is known."""
    return _known(table, model) is not None


def _known(table: DeltaTable, model: ModelVersion) -> list[int] | None:
    pieces = [table.transaction_version(app_id) for app_id in _digest(model)]
    found = [piece for piece in pieces if piece is not None]
    return found if len(found) == PIECES else None


def _pieces(digest: str) -> list[int]:
    """The first 252 bits of a SHA-256 (hex), 63 in each."""
    bits = int(digest, 16) >> (256 - PIECES * PIECE_BITS)
    return [bits >> PIECE_BITS * at & (2**PIECE_BITS - 1) for at in reversed(range(PIECES))]


def _hex(pieces: list[int]) -> str:
    bits = 0
    for piece in pieces:
        bits = bits << PIECE_BITS | piece
    return f"{bits:063x}"


def _digest(model: ModelVersion) -> list[str]:
    return [f"model/{model.name}/{model.version}/digest/{number}" for number in range(1, PIECES + 1)]


def _unfit(model: ModelVersion) -> str:
    return f"model/{model.name}/unfit/{model.version}"


def _places(name: str) -> tuple[str, str, str]:
    return f"model/{name}/serving", f"model/{name}/before", f"model/{name}/earlier"
