"""The model that the tests score with: trained by the trainer itself, once for each state of what it is made from."""

import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest
from filelock import FileLock
from pyspark.sql import SparkSession
from rich.console import Console

from sentistream.files.content.inputs import local
from tests.support.places import FIXTURES, ROOT
from tests.support.registries import registry_in
from trainer.data.dataset import load
from trainer.features.feature_sets import FeatureSet
from trainer.grid import cells
from trainer.grid.classifiers import Classifier
from trainer.settings import TrainerSettings
from trainer.train import train

CACHE = ROOT / ".local" / "tests"
DATA = FIXTURES / "tweets.csv"
KEPT = 3
"""Champions in the cache; one is 2 MB."""


def copy_champion(spark: SparkSession, folder: Path) -> None:
    """Put a registry with a champion below `folder`, where `registry_in` looks; trained by the first who asks."""
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = CACHE / f"champion-{_digest()}"
    with FileLock(CACHE / "champion.lock"):
        if not (kept / "complete").exists():
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir()
            _train(spark, registry_in(kept))
            (kept / "complete").touch()
        (kept / "complete").touch()
        _forget_all_but_the_newest()
        shutil.copytree(kept, folder, dirs_exist_ok=True)
    for old, new in ((kept.as_uri(), folder.as_uri()), (str(kept), str(folder))):
        _relocate(folder / "mlflow.db", old, new)


def _train(spark: SparkSession, settings: TrainerSettings) -> None:
    """One cell, so that which of several equals scores a little faster decides nothing."""
    cell = cells.Cell(FeatureSet(1), Classifier("logistic-regression", regularisation=0.003, iterations=25))
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(cells.GRIDS, "quick", lambda: [cell])
        train(spark, settings, load([local(DATA)]), "quick", Console(quiet=True))


def _digest() -> str:
    """Of everything that a champion is made from: the code, the data and the pins."""
    code = [file for package in ("trainer", "sentistream") for file in (ROOT / package).rglob("*.py")]
    digest = hashlib.sha256()
    for file in sorted([*code, DATA, ROOT / "constraints.txt", ROOT / "ivy.xml", Path(__file__)]):
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _forget_all_but_the_newest() -> None:
    complete = sorted(CACHE.glob("champion-*/complete"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in complete[KEPT:]:
        shutil.rmtree(file.parent)


def _relocate(database: Path, old: str, new: str) -> None:
    """MLflow writes where artefacts lie as absolute paths, into many tables."""
    with sqlite3.connect(database) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for column in [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]:
                connection.execute(
                    f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)",  # noqa: S608 - MLflow's own names
                    (old, new, old),
                )
    connection.close()
