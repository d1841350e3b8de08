"""`python -m benchmarks.batch`: `sentistream score` beside the bare kernel, and what each step of it costs."""

import csv
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.model import champion
from benchmarks.stage import ROOT
from benchmarks.texts import texts
from sentistream import command_line
from sentistream.batch import forms, result, source
from sentistream.batch.pieces import pieces
from sentistream.batch.run import run
from sentistream.batch.written import Form
from sentistream.files.options import FileOptions
from sentistream.scoring import checked, proven
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.texts import column
from sentistream.settings import RegistrySettings

FOLDER = ROOT / ".local" / "bench" / "batch"
INVENTED = 100_000
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path | None, typer.Option(help="Labelled tweets to score; else invented ones.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Of each; the fastest counts.")] = 3,
) -> None:
    """Score a file as the command does, in each form, and time its steps one by one; the model is in the cache and the kernel warm."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    champion(FOLDER, data)
    settings = RegistrySettings.from_options()
    scorer = proven.named(settings)
    file = data or _invented()
    columns = result.schema(scorer, with_text=True)
    shown = Table(
        "step", "processor µs a text", "texts/s by the clock", "of the bare kernel", title=f"{checked.cores()} cores"
    )
    read = source.opened(str(file), FileOptions())
    rows = list(read.rows())
    cut = list(pieces(rows))
    texts_of = [text for piece in cut for text in piece.texts]
    given = [piece.column() for piece in cut]
    done = [result.scored(piece, scorer, columns).rows for piece in cut]

    def timed(name: str, work: Callable[[], object], kernel: float | None = None) -> float:
        processor, clock = min((_seconds(work) for _ in range(rounds)), key=lambda each: each[1])
        rate = len(rows) / clock
        share = f"{rate / kernel:.0%}" if kernel else ""
        shown.add_row(name, f"{processor / len(rows) * 1e6:.2f}", f"{rate:,.0f}", share)
        return rate

    kernel = timed("the bare kernel, one thread", lambda: [scorer.score(each) for each in given])
    timed("`load_champion().score`, a list", lambda: checked.score_on_cores(scorer, column(texts_of)), kernel)
    timed("deciding how the file is read", lambda: source.opened(str(file), FileOptions()))
    timed("reading its rows", lambda: list(read.rows()))
    timed("cutting them into pieces", lambda: list(pieces(rows)))
    timed("scoring, checking, labelling", lambda: [result.scored(piece, scorer, columns) for piece in cut])
    for form in Form:
        with (FOLDER / f"steps.{form}").open("wb") as output, forms.writer(form, columns, output) as writer:
            timed(f"writing {form}", partial(_written, writer, done))
    for form in Form:
        timed(f"file to {form}, decided before", partial(_whole, read, scorer, columns, form), kernel)
    Console().print(shown)


def _written(writer: forms.Writer, done: list[pa.RecordBatch]) -> None:
    for rows in done:
        writer.write(writer.encoded(rows))


def _whole(read: source.Source, scorer: Scorer, columns: pa.Schema, form: Form) -> None:
    with (FOLDER / f"whole.{form}").open("wb") as output, forms.writer(form, columns, output) as writer:
        run(read.rows(), scorer, columns, writer, lambda _: None)


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    processor, clock = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - processor, time.perf_counter() - clock


def _invented() -> Path:
    file = FOLDER / "invented.csv"
    with file.open("w", newline="") as written:
        rows = csv.writer(written)
        rows.writerow(("id", "text"))
        rows.writerows(enumerate(texts(None, invented=INVENTED), 900_000_000_000_000_000))
    return file


if __name__ == "__main__":
    command_line.run(app)
