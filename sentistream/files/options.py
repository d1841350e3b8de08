"""What a user says about a file, where its content does not tell; the same options for `replay`, `train`, `score` and `inspect`."""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import typer

from sentistream.contracts import label_words
from sentistream.errors import UserError
from sentistream.files.content import encoding as encodings

SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}


class Ids(StrEnum):
    """Whose ids the tweets of a file get."""

    AUTO = "auto"
    """The file's where they are ids, else our own."""
    COLUMN = "column"
    HASH = "hash"


class Purpose(StrEnum):
    """What a file is read for."""

    REPLAY = "replay"
    TRAIN = "train"
    SCORE = "score"


@dataclass(frozen=True)
class FileOptions:
    """None where the content decides."""

    text_column: str | None = None
    label_column: str | None = None
    id_column: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    date_format: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    """A label as the file writes it → a sentiment or `skip`."""
    ids: Ids = Ids.AUTO

    @classmethod
    def parse(
        cls,
        text_column: str | None = None,
        label_column: str | None = None,
        id_column: str | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        date_format: str | None = None,
        labels: str | None = None,
        ids: Ids = Ids.AUTO,
    ) -> "FileOptions":
        """The options as they are written on a command line.

        Raises:
            UserError: one of them is none.
        """
        separator = SEPARATORS.get(delimiter, delimiter) if delimiter else None
        if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
            raise UserError(
                f"--delimiter {delimiter!r}: one character, as in --delimiter ';' or --delimiter tab.", exit_code=2
            )
        if date_format is not None and not re.search(r"%[a-zA-Z]", date_format):
            raise UserError(
                f"--date-format {date_format!r}: strptime's signs, as in --date-format '%d/%m/%Y %H:%M'.", exit_code=2
            )
        return cls(
            text_column or None,
            label_column or None,
            id_column or None,
            separator,
            encodings.known(encoding) if encoding else None,
            date_format or None,
            label_words.parse(labels) if labels else {},
            ids,
        )

    def arguments(self) -> list[str]:
        """The options as they are written on a command line again."""
        labels = ",".join(f"{label}={meaning}" for label, meaning in self.labels.items())
        said = {
            "--text-column": self.text_column,
            "--label-column": self.label_column,
            "--id-column": self.id_column,
            "--delimiter": self.delimiter,
            "--encoding": self.encoding,
            "--date-format": self.date_format,
            "--labels": labels,
        }
        return [word for option, value in said.items() if value for word in (option, value)]


TextColumn = Annotated[
    str | None,
    typer.Option(
        envvar="FILE_TEXT_COLUMN", help="The text's column: its name, or its number where there is no header."
    ),
]
LabelColumn = Annotated[
    str | None, typer.Option(envvar="FILE_LABEL_COLUMN", help="The label's column, by name or number.")
]
IdColumn = Annotated[str | None, typer.Option(envvar="FILE_ID_COLUMN", help="The id's column, by name or number.")]
Delimiter = Annotated[
    str | None, typer.Option(envvar="FILE_DELIMITER", help="What separates columns: a character, or `tab`.")
]
Encoding = Annotated[
    str | None, typer.Option(envvar="FILE_ENCODING", help="The file's encoding, as in cp1252, cp1251 or utf-16.")
]
DateFormat = Annotated[
    str | None,
    typer.Option(envvar="FILE_DATE_FORMAT", help="How dates are written, in strptime's signs: %d/%m/%Y %H:%M."),
]
Labels = Annotated[
    str | None,
    typer.Option(envvar="FILE_LABELS", help="What labels mean: 0=negative,1=neutral,2=positive; irrelevant=skip."),
]
IdsOption = Annotated[
    Ids, typer.Option("--ids", envvar="FILE_IDS", help="The file's ids (column), our own (hash), or what fits (auto).")
]
OPTIONS: dict[str, tuple[Any, Any]] = {
    "text_column": (TextColumn, None),
    "label_column": (LabelColumn, None),
    "id_column": (IdColumn, None),
    "delimiter": (Delimiter, None),
    "encoding": (Encoding, None),
    "date_format": (DateFormat, None),
    "labels": (Labels, None),
    "ids": (IdsOption, Ids.AUTO),
}


def file_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command these options of `OPTIONS`, as one keyword argument `options`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run_with_options(*arguments: Any, **given: Any) -> None:
            said = {name: given.pop(name) for name in names}
            command(*arguments, **given, options=FileOptions.parse(**said))

        own = [each for each in inspect.signature(command, eval_str=True).parameters.values() if each.name != "options"]
        added = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=OPTIONS[name][1], annotation=OPTIONS[name][0]
            )
            for name in names
        ]
        run_with_options.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]  # read by Typer
        run_with_options.__annotations__ = {each.name: each.annotation for each in (*own, *added)}
        return run_with_options

    return decorate


with_file_options = file_options(*OPTIONS)
"""All of them."""
