"""`python -m benchmarks.transformers`: how many tweets a second a registered transformer scores, and what a copy costs.

Each text once, so that nothing is remembered; then the same again, which is. Alone on the machine: other work takes the cores that it is measured on.
With `--shuffled`, how far any text's probabilities are apart in five orders and batches of 1 to 256: 0 in int8 (docs/design.md, invariant 1).
"""

import sys
import time
from pathlib import Path
from typing import Annotated

import numpy as np
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
    shuffled: Annotated[bool, typer.Option("--shuffled", help="Compare orders and batches instead.")] = False,
) -> None:
    """Measure, and print a line."""
    given = pa.array(list(dict.fromkeys(texts(data)))[:most], pa.large_string())
    if shuffled:
        sys.stdout.write(f"{len(given):,} texts, five orders, batches of 1 to 256: {_apart(given, model):g} apart\n")
        return
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


def _apart(given: pa.LargeStringArray, model: str | None) -> float:
    """The largest difference of a probability."""
    expected, furthest = proven.named(RegistrySettings.from_options(), model).score(given), 0.0
    for seed, size in enumerate((1, 3, 16, 64, 256)):
        # Another scorer remembers nothing.
        scorer = proven.named(RegistrySettings.from_options(), model)
        order = np.random.default_rng(seed).permutation(len(given))
        for begin in range(0, len(order), size):
            some = order[begin : begin + size]
            found = scorer.score(given.take(pa.array(some)))
            furthest = max(furthest, float(np.abs(found - expected[some]).max()))
    return furthest


if __name__ == "__main__":
    app()
