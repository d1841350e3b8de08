"""`python -m benchmarks.deciding`: what it costs to decide how a large file is read, in seconds and memory.

Each kind of file (CSV as Sentiment140 writes it, v2 objects) is decided by a process of its own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.texts import texts
from sentistream.files.content.inputs import local
from sentistream.files.deciding import decide
from sentistream.files.options import FileOptions

SIZE = 241_000_000
FIRST_ID = 1_467_810_369
CSV = '"{label}","{id}","Mon Apr 06 22:19:{second:02d} PDT 2009","NO_QUERY","somebody","{text}"\n'
JSON = '{{"data":{{"id":"{id}","text":"{text}","created_at":"2009-04-06T22:19:{second:02d}.000Z","lang":"en"}}}}\n'


def main(
    file: Annotated[Path | None, typer.Argument(help="Decide this file; else invented ones of 241 MB.")] = None,
) -> None:
    """Print a line for each file."""
    if file is not None:
        started = time.perf_counter()
        decided = decide(local(file), FileOptions())
        seconds, peak = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        typer.echo(f"{file.name}: {decided.rows:,} rows, {seconds:.1f} s, peak {peak:.0f} MiB")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, line in (("tweets.csv", CSV), ("tweets.jsonl", JSON)):
            invented = Path(folder) / name
            _write(invented, line)
            subprocess.run([sys.executable, "-m", "benchmarks.deciding", str(invented)], check=True)  # noqa: S603 - our own module
            invented.unlink()


def _write(file: Path, line: str) -> None:
    sample, number = texts(None), 0
    with file.open("w") as opened:
        while opened.tell() < SIZE:
            opened.writelines(
                line.format(label=(number + at) % 2 * 4, id=FIRST_ID + 37 * (number + at), second=at % 60, text=text)
                for at, text in enumerate(sample)
            )
            number += len(sample)


if __name__ == "__main__":
    typer.run(main)
