"""The forms of a result."""

from enum import StrEnum
from pathlib import Path

from sentistream.errors import UserError
from sentistream.process.whole_file import STANDARD_OUTPUT


class Form(StrEnum):
    """How a result is written."""

    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"

    @classmethod
    def of(cls, out: Path) -> "Form":
        """By a file's ending; CSV for standard output.

        Raises:
            UserError: the ending says nothing.
        """
        if out == STANDARD_OUTPUT:
            return cls.CSV
        if out.is_dir():
            raise UserError(f"{out} is a folder: name a file in it for the result.", exit_code=2)
        form = ENDINGS.get(out.suffix.lower())
        if form is None:
            raise UserError(
                f"{out}: end it in {', '.join(ENDINGS)}, or say by --format how the result is written.", exit_code=2
            )
        return form


ENDINGS = {".csv": Form.CSV, ".json": Form.JSON, ".jsonl": Form.JSON, ".ndjson": Form.JSON, ".parquet": Form.PARQUET}
