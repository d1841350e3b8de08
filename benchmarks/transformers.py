"""`python -m benchmarks.transformers`: how many tweets a second a registered transformer scores, and what a copy costs.

Each text once, so that nothing is remembered; then the same again, which is. Alone on the machine: other work takes the cores that it is measured on.
"""

import sys
import time
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from benchmarks.texts import texts
from sentistream.scoring import proven
from sentistream.scoring.checked import cores
from sentistream.settings import RegistrySettings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Labelled tweets, which are scored.")],
    most: Annotated[int, typer.Option(min=1, help="Different texts.")] = 10_000,
    model: Annotated[str | None, typer.Option(help="As `sentistream evaluate` takes it.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often; the fastest counts.")] = 3,
) -> None:
    """Measure, and print a line."""
    given = pa.array(list(dict.fromkeys(texts(data)))[:most], pa.large_string())
    fresh: list[float] = []
    known: list[float] = []
    for _ in range(rounds):
        scorer = proven.named(RegistrySettings.from_options(), model)
        scorer.score(given.slice(0, 64))
        for taken in (fresh, known):
            started = time.perf_counter()
            scorer.score(given.slice(64))
            taken.append((len(given) - 64) / (time.perf_counter() - started))
    sys.stdout.write(
        f"{scorer.version.uri} ({scorer.flavour}), {len(given):,} texts, {cores()} cores: {max(fresh):,.0f}/s, copies {max(known):,.0f}/s\n"
    )


if __name__ == "__main__":
    app()
