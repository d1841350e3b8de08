import csv
import io
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentistream import terminal
from sentistream.batch import forms, result
from sentistream.batch.forms import PLAIN
from sentistream.batch.pieces import Piece
from sentistream.batch.written import Form
from sentistream.contracts.labels import POLAR, WITH_NEUTRAL, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from tests.support.foreign_lake import FOREIGN
from tests.support.nasty import ALL, obeyed
from tests.support.scorers import FunctionScorer

THIRD = 0.1 + 0.2


def written(form: Form, piece: Piece, classes: tuple[str, ...] = POLAR, with_text: bool = True) -> bytes:
    def of_text(text: str) -> Sequence[float]:
        return (1 - THIRD, THIRD) if len(classes) == 2 else (0.0, THIRD, 1 - THIRD)

    version = ModelVersion("tweet-sentiment", 3, LabelMap(classes), NeutralBand(0.4, 0.6), "a run")
    scorer, output = FunctionScorer(version, of_text), io.BytesIO()
    columns = result.schema(scorer, with_text=with_text)
    with forms.writer(form, columns, output) as writer:
        writer.write(writer.encoded(result.scored(piece, scorer, columns).rows))
    return output.getvalue()


def piece_of(texts: Sequence[str | None], problems: dict[int, str] | None = None) -> Piece:
    number = len(texts)
    return Piece(list(range(1, number + 1)), [str(each) for each in range(number)], list(texts), problems or {})


def read(form: Form, content: bytes) -> list[dict[str, Any]]:
    if form is Form.PARQUET:
        return pq.read_table(io.BytesIO(content)).to_pylist()  # type: ignore[no-any-return]  # Arrow has no types
    if form is Form.JSON:
        return [orjson.loads(line) for line in content.splitlines()]
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


@pytest.mark.parametrize("form", Form)
def test_every_form_says_the_same_to_the_last_bit(form: Form) -> None:
    found = read(form, written(form, piece_of(["a", None], {1: "the text is empty"})))
    nothing = "" if form is Form.CSV else None
    scored = {"p_negative": 1 - THIRD, "p_positive": THIRD}
    first = {"line": 1, "id": "0", "text": "a", "sentiment": "negative", **scored}
    second = {"line": 2, "id": "1", **dict.fromkeys(("text", "sentiment", "p_negative", "p_positive"), nothing)}
    model = {"model_name": "tweet-sentiment", "model_version": 3}
    expected = [{**first, **model, "error": nothing}, {**second, **model, "error": "the text is empty"}]
    if form is Form.CSV:
        expected = [
            {name: each if isinstance(each, str) else repr(each) for name, each in row.items()} for row in expected
        ]
    assert found == expected


def test_each_class_has_a_column_and_the_texts_can_be_left_out() -> None:
    [row] = read(Form.JSON, written(Form.JSON, piece_of(["a"]), WITH_NEUTRAL, with_text=False))
    assert list(row) == [
        *("line", "id", "sentiment", "p_negative", "p_positive", "p_neutral", "model_name", "model_version", "error")
    ]
    assert (row["sentiment"], row["p_negative"]) == ("neutral", 0.0)


def test_no_cell_of_csv_is_run_by_a_spreadsheet() -> None:
    found = read(Form.CSV, written(Form.CSV, piece_of([*FOREIGN[:-1]])))
    assert [row["text"][:1] for row in found[:3]] == ["'", "'", "'"]
    assert [row["text"] for row in found[3:]] == FOREIGN[3:-1]


def test_no_line_of_json_moves_a_terminal_and_each_can_be_read_back() -> None:
    texts = [*FOREIGN[:-1], ALL.replace("\0", "").encode("utf-8", "replace").decode()[:20_000], "née 🎉 中文"]
    content = written(Form.JSON, piece_of(texts))
    assert not obeyed(content.decode())
    assert [row["text"] for row in read(Form.JSON, content)] == texts
    assert "née 🎉 中文" in content.decode()


def test_what_is_plain_is_left_as_it_is_by_the_way_that_looks_at_each_line() -> None:
    characters = pa.array([chr(each) for each in range(0x20, 0x20000) if not 0xD800 <= each < 0xE000])
    plain = pa.compute.filter(characters, pa.compute.match_substring_regex(characters, PLAIN)).to_pylist()
    assert len(plain) > 20_000
    assert terminal.HIDDEN.search("".join(plain)) is None
