from pathlib import Path

import pytest

from sentistream.errors import UserError
from trainer.data.dataset import load
from trainer.data.split import SplitBy


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


def test_a_split_that_a_row_can_not_be_put_into_is_refused_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text,user\n1,good,ann\n0,bad,\n")
    with pytest.raises(UserError, match=r"tweets\.csv, line 3: no usable author; --split author needs one"):
        load([file], SplitBy.AUTHOR)
    with pytest.raises(UserError, match=r"tweets\.csv, line 2: no usable date"):
        load([file], SplitBy.TIME)


def test_the_audit_describes_the_rows_without_their_text(tmp_path: Path) -> None:
    audit = load([write(tmp_path, "1,so good\n0,schlecht и плохо\n0,42\n")]).audit
    assert audit.scripts == {"Latin": 2, "Cyrillic": 1, "none": 1}
    assert audit.lengths == {"positive": {0: 1}, "negative": {0: 2}}
    assert audit.without_author == 3
    assert "good" not in str(audit.as_dict())


def test_utf_16_is_named(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text\n1,good\n", encoding="utf-16")
    with pytest.raises(UserError, match=r"tweets\.csv, line 1: the file is UTF-16"):
        load([file])
