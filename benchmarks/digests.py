"""`python -m benchmarks.digests`: what a start takes to know the cached files of a version again by the SHA-256 of each."""

import shutil
import statistics
import time
from dataclasses import replace
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.model import champion
from benchmarks.stage import ROOT
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import artefact, registry
from sentistream.scoring.artefact import copies, manifest
from sentistream.settings import RegistrySettings

FOLDER = ROOT / ".local" / "bench" / "digests"
FILE_BYTES = 10_000_000
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    rounds: Annotated[int, typer.Option(min=1, help="Each fetches every version once.")] = 20,
    megabytes: Annotated[int, typer.Option(min=10, help="The size of the invented version.")] = 100,
) -> None:
    """Fetch a champion and a large version from the cache, as a start does, in turns."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    champion(FOLDER, None)
    settings = RegistrySettings.from_options()
    trained = registry.resolve(settings)
    if trained is None:
        raise UserError("The registry has no champion.")
    versions = {"the champion": trained, "an invented version": _invented(settings, trained, megabytes)}
    taken: dict[str, list[float]] = {name: [] for name in versions}
    for _ in range(rounds):
        for name, version in versions.items():
            begun = time.perf_counter()
            artefact.fetch(settings, version)
            taken[name].append(time.perf_counter() - begun)
    shown = Table("version", "files", "MB", "median, ms", "slowest, ms", title=f"a start's digests, {rounds} rounds")
    for name, seconds in taken.items():
        files = manifest.of(copies.place(settings, versions[name])).files
        size = sum(each.size for each in files.values()) / 1e6
        figures = (statistics.median(seconds), max(seconds))
        shown.add_row(name, str(len(files)), f"{size:,.1f}", *(f"{each * 1e3:,.1f}" for each in figures))
    Console().print(shown)


def _invented(settings: RegistrySettings, like: ModelVersion, megabytes: int) -> ModelVersion:
    """A version in the cache whose files are random bytes."""
    written = FOLDER / "invented"
    (written / like.flavour).mkdir(parents=True)
    drawn = np.random.default_rng(7)
    for number in range(megabytes * 1_000_000 // FILE_BYTES):
        (written / like.flavour / f"part-{number}").write_bytes(drawn.bytes(FILE_BYTES))
    there = manifest.of(written)
    (written / manifest.NAME).write_bytes(there.encoded)
    version = replace(like, version=like.version + 1, digest=there.digest, signature="")
    written.rename(copies.place(settings, version))
    return version


if __name__ == "__main__":
    app()
