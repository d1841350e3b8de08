import io
import threading
from collections.abc import Iterator, Sequence

import pytest

from sentistream.batch import forms, result, run
from sentistream.batch.run import AHEAD, Counts
from sentistream.batch.written import Form
from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.files.rows import BrokenRow, Row, TweetRow
from sentistream.scoring.checked import ROWS, cores
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.scorer import Scorer
from tests.support.scorers import FunctionScorer

VERSION = ModelVersion("tweet-sentiment", 3, LabelMap(POLAR), NeutralBand(0.4, 0.6), "a run")


def scored(rows: Iterator[Row], scorer: Scorer, output: io.BytesIO) -> Counts:
    columns = result.schema(scorer, with_text=True)
    with forms.writer(Form.JSON, columns, output) as writer:
        return run.run(rows, scorer, columns, writer, lambda _: None)


def test_rows_come_in_their_order_whichever_thread_is_first() -> None:
    first = threading.Event()

    def of_text(text: str) -> Sequence[float]:
        # The first piece waits for a later one, where there are threads for both.
        if text == "0":
            first.wait(2 if cores() > 1 else 0)
        elif text == str(ROWS):
            first.set()
        return (0.5, 0.5)

    output, number = io.BytesIO(), 3 * ROWS + 1
    counts = scored((TweetRow(line, str(line)) for line in range(number)), FunctionScorer(VERSION, of_text), output)
    assert [int(line.split(b",")[0].removeprefix(b'{"line":')) for line in output.getvalue().splitlines()] == list(
        range(number)
    )
    assert (counts.rows, counts.scored) == (number, number)


def test_few_pieces_are_read_before_the_first_is_written() -> None:
    read, output = 0, io.BytesIO()
    held: list[int] = []

    def rows() -> Iterator[Row]:
        nonlocal read
        for line in range(40 * ROWS):
            read += 1
            yield TweetRow(line, "a")

    class Noted(io.BytesIO):
        def write(self, written: object) -> int:
            held.append(read)
            return 0

    output = Noted()
    scored(rows(), FunctionScorer(VERSION, lambda _: (0.5, 0.5)), output)
    assert held[0] <= (AHEAD * cores() + 2) * ROWS
    assert len(held) == 40


def test_reasons_are_counted_by_their_kind_and_the_first_are_named() -> None:
    rows: list[Row] = [BrokenRow("f", line, f"{line} columns instead of 3") for line in range(10, 20)]
    rows += [TweetRow(30, "a\0b"), TweetRow(31, "good")]
    counts = scored(iter(rows), FunctionScorer(VERSION, lambda _: (0.5, 0.5)), io.BytesIO())
    assert dict(counts.without) == {"… columns instead of …": 10, "nul_in_text": 1}
    assert counts.first[0] == "line 10: 10 columns instead of 3"
    assert (len(counts.first), counts.rows, counts.scored) == (run.SHOWN, 12, 1)


def test_a_model_that_fails_on_a_text_ends_it_by_name() -> None:
    with pytest.raises(UnfitError, match="tweet-sentiment/3 fails on some text"):
        scored(iter([TweetRow(1, "a secret")] * (5 * ROWS)), FunctionScorer(VERSION, {}.__getitem__), io.BytesIO())
