"""Whether an accuracy is of rows that the version has never seen."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.contracts.split import HOLDOUT, NAME, Part, part_of
from sentistream.evaluation.predictions import Predictions
from trainer.evaluation.answer import Answer, answer

OWN, OTHER = "a" * 64, "b" * 64
VERSION = ModelVersion("tweet-sentiment", 3, LabelMap(POLAR), NeutralBand(), "run", split=NAME, data_sha256=(OWN,))
EACH = 4


def rows(neutral: int = 0) -> pa.Table:
    """Of two files, each with some rows of every part, all positive, and then some neutral ones."""
    spelt = [f"{chr(97 + n % 26)}{chr(97 + n // 26)} words" for n in range(26 * 26)]
    texts = [text for part in Part for text in [each for each in spelt if part_of(each) is part][: 2 * EACH]]
    labels = [1.0] * len(texts) + [2.0] * neutral
    texts += texts[:neutral]
    return pa.table(
        {
            "row": np.arange(len(texts)),
            "text": texts,
            "label": labels,
            "part": [str(part_of(text)) for text in texts],
            "file": pa.array(np.arange(len(texts)) % 2),
        }
    )


def predict(table: pa.Table) -> Predictions:
    """Right on the holdout only, where it is not sure; sure and wrong on everything else."""
    polar = table.filter(pa.compute.less(table["label"], 2))
    held_out = [part in HOLDOUT for part in polar["part"].to_pylist()]
    positive = np.where(held_out, 0.55, 0.1)
    return Predictions(
        VERSION.labels,
        polar["row"].to_numpy(),
        polar["label"].to_numpy().astype(np.int64),
        np.column_stack([1 - positive, positive]),
        skipped=len(table) - len(polar),
    )


def answered(
    version: ModelVersion = VERSION,
    sha256: tuple[str, str] = (OWN, OTHER),
    neutral: int = 0,
    *,
    said_unseen: bool = False,
) -> Answer:
    files = list(zip((Path("own.csv"), Path("other.csv")), sha256, strict=True))
    return answer(version, predict, rows(neutral), files, said_unseen=said_unseen)


def test_rows_that_the_version_was_trained_on_are_left_out_and_counted() -> None:
    found = answered()
    assert found.unseen is not None
    assert found.unknown is not None
    # Two parts of four are the holdout, in both files; of the other two parts only one file is known to be its own.
    assert (found.unseen.evaluation.rows, found.trained, found.unknown.evaluation.rows) == (
        4 * EACH,
        2 * EACH,
        2 * EACH,
    )
    assert (found.unseen.evaluation.accuracy, found.unknown.evaluation.accuracy) == (1.0, 0.0)
    assert found.as_dict()["accuracy"] == 1.0


def test_of_a_version_that_does_not_name_its_split_nothing_is_known() -> None:
    stranger = replace(VERSION, split="", data_sha256=())
    said = answered(stranger).as_dict()
    assert (said["rows"], said["accuracy"], said["unknown"]["rows"]) == (0, None, 8 * EACH)
    assert "figures prove nothing" in " ".join(answered(stranger).notes())


def test_the_word_of_the_user_counts_but_not_for_the_versions_own_data() -> None:
    said = answered(said_unseen=True).as_dict()
    assert (said["rows"], said["rows_trained_on"], said["unknown"]) == (6 * EACH, 2 * EACH, None)
    assert "said to be unseen" in said["measured_on"]


def test_the_neutral_of_a_band_is_what_is_not_decided() -> None:
    unseen = answered(neutral=3).unseen
    assert unseen is not None
    assert (unseen.evaluation.accuracy, unseen.decided, unseen.evaluation.skipped) == (1.0, 0.0, 0)


@pytest.mark.parametrize("width", [80, 200])
def test_people_are_told_the_rows_their_number_and_the_files_hashes(width: int) -> None:
    console = Console(width=width, record=True, file=StringIO())
    console.print(answered().shown())
    said = " ".join(console.export_text().split())
    for expected in ("tweet-sentiment 3", "own.csv", OWN[:40], f"{4 * EACH}", "1.0000", "Left out: 8 rows"):
        assert expected in said
