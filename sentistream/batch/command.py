"""`sentistream score`; what `--help` does not need is imported by the command itself."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sentistream.batch.written import Form
from sentistream.contracts.model_version import NAMED_BY
from sentistream.errors import UserError
from sentistream.files.options import FileOptions, file_options
from sentistream.options import with_settings
from sentistream.process import whole_file
from sentistream.process.whole_file import STANDARD_OUTPUT
from sentistream.settings import RegistrySettings
from sentistream.terminal import shown

if TYPE_CHECKING:
    from sentistream.batch.run import Counts
    from sentistream.batch.source import Source


@with_settings(RegistrySettings, "mlflow_tracking_uri", "model_name", private=False)
@file_options("text_column", "id_column", "delimiter", "encoding")
def score(
    settings: RegistrySettings,
    file: Annotated[
        str,
        typer.Argument(
            help="A file, s3://bucket/key or - for standard input: what `produce replay` reads (docs/files.md), told by content."
        ),
    ],
    model: Annotated[
        str | None, typer.Option(envvar="SCORE_MODEL", help=f"{NAMED_BY}; without it the champion.")
    ] = None,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            envvar="SCORE_FORMAT",
            help="How the result is written: by the ending of --output, else CSV; json is an object a line. In CSV text that a spreadsheet would run begins with '.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            envvar="SCORE_OUTPUT",
            help="The file for the result, replaced when the new one is whole. - is standard output.",
        ),
    ] = STANDARD_OUTPUT,
    lines: Annotated[
        bool, typer.Option("--lines", envvar="SCORE_LINES", help="The file is no table: each line is a text.")
    ] = False,
    text: Annotated[
        bool, typer.Option("--text/--no-text", envvar="SCORE_TEXT", help="Whether the result has the texts, too.")
    ] = True,
    *,
    options: FileOptions,
) -> None:
    """Score a file's texts as the stream does; a row that can't be scored keeps its place, with its reason.

    Exit code 0 when every row is in the result, also where some have a reason instead of a score; 1 when none has a score or something failed, 2 for a mistake in the call.
    """
    form = form or Form.of(output)
    if form is Form.PARQUET and output == STANDARD_OUTPUT and sys.stdout.isatty():
        raise UserError("Parquet is no text for a terminal: give --output FILE, or redirect the output.", exit_code=2)
    with _ended_in_a_sentence(output):
        # MLflow takes seconds to import.
        from sentistream.batch import forms, result, source
        from sentistream.batch.run import run
        from sentistream.scoring import proven

        read = source.opened(file, options, lines=lines)
        scorer = proven.named(settings, model)
        for sentence in read.told:
            sys.stderr.write(f"{shown(sentence)}\n")
        columns, began = result.schema(scorer, with_text=text), time.monotonic()
        with (
            _progress(read) as told,
            whole_file.opened(output, "--output") as written,
            forms.writer(form, columns, written) as writer,
        ):
            counts = run(read.rows(), scorer, columns, writer, told)
    for sentence in _summary(counts, scorer.version.uri, time.monotonic() - began):
        sys.stderr.write(f"{shown(sentence)}\n")
    if counts.rows and not counts.scored:
        raise UserError(f"No row of {read.shown} could be scored.")


def _summary(counts: "Counts", model: str, seconds: float) -> Iterator[str]:
    rate = counts.rows / max(seconds, 1e-9)
    yield f"Scored {counts.scored:,} of {counts.rows:,} rows by {model} in {seconds:.1f} s ({rate:,.0f}/s)."
    if counts.passed_over:
        yield f"Passed over, since they are no tweets: {counts.passed_over:,}."
    if counts.without:
        yield f"Without a score: {', '.join(f'{why} ({rows:,})' for why, rows in counts.without.most_common())}; the first: {'; '.join(counts.first)}."


@contextmanager
def _progress(read: "Source") -> "Iterator[Callable[[Counts], None]]":
    """Show on a terminal how far it is."""
    if not sys.stderr.isatty():
        yield lambda counts: None
        return
    from rich.progress import Progress

    from sentistream import terminal

    with Progress(console=terminal.console(sys.stderr), transient=True) as bar:
        task = bar.add_task("scoring", total=read.expected)
        yield lambda counts: bar.update(task, completed=counts.rows)


@contextmanager
def _ended_in_a_sentence(output: Path) -> Iterator[None]:
    """Say what is left where the user, or whoever reads the result, ends it early."""
    left = "" if output == STANDARD_OUTPUT else f" Nothing was written to {output}."
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    except KeyboardInterrupt as pressed:
        raise UserError(f"Ended before the file was read to its end.{left}", exit_code=130) from pressed
    except BrokenPipeError as closed:
        raise UserError("Ended, since nobody reads the result any more.") from closed
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminated(*_: Any) -> NoReturn:
    raise UserError("Ended by a signal (SIGTERM) before the file was read to its end.", exit_code=143)
