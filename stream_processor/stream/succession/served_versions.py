"""Which versions have served, as application transactions of the scored table's own commits (`sentistream.lake.served_record`).

With the first commit that a version scores, the table says by which files it is known. So another version under the same name and number is noticed,
even if the registry's tags were written anew with the files. Of the versions before the one that serves, those are kept that did not turn out unfit.
All of it commits with the rows, and outlives the log's clean-up in its checkpoints.
"""

from dataclasses import dataclass

from deltalake import DeltaTable, Transaction

from sentistream.contracts.model_version import ModelVersion
from sentistream.lake.served_record import PIECES, SHOWN, of_digest, of_unfit, pieces_of, places, written
from sentistream.scoring.errors import UnfitError


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
        for app_id, number in zip(places(name), served, strict=False):
            if table.transaction_version(app_id) != number:
                found.append(Transaction(app_id, number))
        for each in self.unfit:
            mark = pieces_of(each.digest)[0] if each.digest else None
            if mark is not None and table.transaction_version(of_unfit(each.name, each.version)) != mark:
                found.append(Transaction(of_unfit(each.name, each.version), mark))
        return found


def require(table: DeltaTable, model: ModelVersion) -> None:
    """Hold a loaded version against what the table knows of its name and number; a table that knows nothing refuses nobody.

    Raises:
        UnfitError: its files are others than those that served first, or it turned out unfit while it served.
    """
    if not model.digest:
        return
    if table.transaction_version(of_unfit(model.name, model.version)) == pieces_of(model.digest)[0]:
        raise UnfitError(
            model,
            f"{model.uri} turned out unfit when it served (docs/models.md): register it anew to have it tried again.",
        )
    known = _known(table, model)
    if known is not None and known != pieces_of(model.digest):
        raise UnfitError(
            model,
            f"{model.uri} has other files than when it first served (digest {model.digest[:SHOWN]}…, then {written(known)[:SHOWN]}…): "
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
    return [
        Transaction(app_id, piece)
        for app_id, piece in zip(of_digest(model.name, model.version), pieces_of(model.digest), strict=True)
    ]


def latest(table: DeltaTable, name: str) -> list[int]:
    """The numbers of the versions that served last, the last one first; at most three."""
    numbers = (table.transaction_version(app_id) for app_id in places(name))
    return list(dict.fromkeys(number for number in numbers if number is not None))


def is_known(table: DeltaTable, model: ModelVersion) -> bool:
    """True where the table says by which files the version is known."""
    return _known(table, model) is not None


def _known(table: DeltaTable, model: ModelVersion) -> tuple[int, ...] | None:
    pieces = [table.transaction_version(app_id) for app_id in of_digest(model.name, model.version)]
    found = tuple(piece for piece in pieces if piece is not None)
    return found if len(found) == PIECES else None
