"""What the doctor found last, kept beside the tables: who shows it need not examine them again, which reads all of silver."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pyarrow.fs import FileSystem

from sentistream import object_storage
from sentistream.errors import UserError, said
from sentistream.lake.doctor.finding import Finding, Verdict, any_broken
from sentistream.lake.lake import Lake
from sentistream.process import whole_file

PLACE = "_doctor/last.json"
"""Below LAKE_URI."""
FORM = "sentistream.doctor/1"
LARGEST_BYTES = 4 << 20
"""A record is a few kilobytes; what is larger is none of ours."""


@dataclass(frozen=True)
class Examination:
    """One run of the doctor."""

    ended: datetime
    seconds: float
    """How long it took."""
    findings: tuple[Finding, ...]

    @property
    def kept(self) -> bool:
        """Whether no promise is broken."""
        return not any_broken(self.findings)


def keep(lake: Lake, findings: Sequence[Finding], seconds: float) -> None:
    """Put a run in the place of the one before; whole or not at all.

    Raises:
        UserError: it can't be written; the findings are what they are.
    """
    record = {
        "form": FORM,
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "findings": [asdict(each) for each in findings],
    }
    written = orjson.dumps(record, option=orjson.OPT_INDENT_2)
    place = f"{lake.uri}/{PLACE}"
    if lake.folder is not None:
        file = Path(place)
        try:
            file.parent.mkdir(exist_ok=True)
        except OSError as refused:
            raise UserError(f"{file.parent} can't be made: {refused.strerror}.") from refused
        with whole_file.opened(file, "LAKE_URI") as output:
            output.write(written)
        return
    files, path = object_storage.in_arrow(place)
    try:
        with files.open_output_stream(path) as stream:
            stream.write(written)
    except OSError as refused:
        raise UserError(f"{place} can't be written: {said(refused)}") from refused


def last(lake: Lake) -> Examination | None:
    """The last run; None where there was none yet.

    Raises:
        UserError: what lies there can't be read, or a newer version wrote it.
    """
    place = f"{lake.uri}/{PLACE}"
    files, path = object_storage.in_arrow(place)
    try:
        written = _read(files, path)
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise UserError(f"{place} can't be read: {said(refused)}") from refused
    try:
        record = orjson.loads(written)
        if record["form"] != FORM:
            raise UserError(f"{place} was written by another version of sentistream: run `sentistream doctor`.")
        return Examination(
            datetime.fromisoformat(record["ended"]).astimezone(UTC),
            float(record["seconds"]),
            tuple(_finding(each) for each in record["findings"]),
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise UserError(f"{place} is no record of an examination: run `sentistream doctor`.") from wrong


def _read(files: FileSystem, path: str) -> bytes:
    with files.open_input_file(path) as file:
        read: bytes = file.read(LARGEST_BYTES)
    return read


def _finding(each: dict[str, Any]) -> Finding:
    return Finding(str(each["promise"]), str(each["subject"]), Verdict(each["verdict"]), str(each["found"]))
