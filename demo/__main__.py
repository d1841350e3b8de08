"""`python -m demo`: trains, starts broker, processor and producer as separate processes, shows and checks the result."""

import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import typer

from demo import summary, vader
from demo.run import Demo
from demo.summary import Summary
from sentistream import command_line, terminal
from sentistream.errors import UserError
from sentistream.process import disk, file_lock, private_files

FOLDER = Path(".local/demo").absolute()
Kind = Literal["linear", "transformer"]
GRIDS: dict[Kind, str] = {"linear": "quick", "transformer": "frozen"}
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def main(
    data: Annotated[
        Path | None,
        typer.Option(envvar="DEMO_DATA", help="Your own labelled tweets; VADER's from PyPI by default."),
    ] = None,
    rate: Annotated[
        float, typer.Option(envvar="DEMO_RATE", min=0, help="Tweets a second; 0 is as fast as it goes.")
    ] = 350,
    seconds: Annotated[float, typer.Option(envvar="DEMO_SECONDS", min=1, help="How long to replay.")] = 12,
    stay: Annotated[
        bool, typer.Option("--stay", envvar="DEMO_STAY", help="Go on with invented tweets, until Ctrl-C.")
    ] = False,
    model: Annotated[
        Kind, typer.Option(envvar="DEMO_MODEL", help="What to train: n-grams, or a head on a transformer.")
    ] = "linear",
) -> None:
    """Show the whole system on real tweets; the exit code says whether every record was accounted for."""
    private_files.keep()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = terminal.console()
    file = data or vader.prepare(FOLDER.parent / "data")
    if not file.is_file():
        raise UserError(f"DATA: {file} is not a file.", exit_code=2)
    taken = "Another demo (process {owner}) is running: wait for it, or stop it."
    with disk.explained({"the demo's folder": FOLDER}), file_lock.held(FOLDER.with_name("demo.lock"), taken):
        shutil.rmtree(FOLDER, ignore_errors=True)

        def tell(result: Summary) -> None:
            result.write(FOLDER / "summary.json")
            [report] = (FOLDER / "trainer").glob("report-*.html")
            summary.show(result, console, FOLDER / "summary.json", report)

        def tell_and_stay(result: Summary) -> None:
            tell(result)
            console.print("\nInvented tweets go on, and so do the pages, until Ctrl-C.")
            with suppress(KeyboardInterrupt):
                signal.pause()

        result = Demo(FOLDER, file.absolute(), rate, seconds, console, GRIDS[model]).run(
            tell_and_stay if stay else None
        )
        if not stay:
            tell(result)
    if result.unaccounted:
        raise UserError(f"{result.unaccounted} records are unaccounted for.")


if __name__ == "__main__":
    command_line.run(app)
