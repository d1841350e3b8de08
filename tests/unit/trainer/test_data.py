from pathlib import Path

import pytest

from sentistream.errors import UserError
from trainer.data import load


def write(folder: Path, rows: str) -> Path:
    file = folder / "tweets.csv"
    file.write_text("label,text\n" + rows)
    return file


def test_copies_are_one_and_contradictions_none(tmp_path: Path) -> None:
    data = load(
        [
            write(
                tmp_path,
                "1,so good\n1,So gooood!\n0,bad\n1,mixed feelings\n0,Mixed feelings\n1,mixed feelings\n",
            )
        ]
    )
    assert sorted(data.rows["text"].to_pylist()) == ["bad", "so good"]
    audit = data.audit
    assert (audit.rows, audit.duplicates, audit.contradictory, audit.kept) == (6, 1, 3, 2)


def test_neutral_rows_make_a_third_class(tmp_path: Path) -> None:
    assert not load([write(tmp_path, "1,good\n0,bad\n")]).labels.has_neutral
    assert load([write(tmp_path, "1,good\n0,bad\n2,table\n")]).labels.has_neutral


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no negative rows"):
        load([write(tmp_path, "1,good\n")])


def test_a_wrong_label_is_refused_by_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"tweets\.csv, line 3: the label"):
        load([write(tmp_path, "1,good\nmeh,bad\n")])
