from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.files.content.inputs import Input, local
from sentistream.files.options import FileOptions
from trainer.data.dataset import load
from trainer.data.labelled import inputs
from trainer.data.split import SplitBy


def write(folder: Path, rows: str) -> Input:
    file = folder / "tweets.csv"
    file.write_text("label,text\n" + rows)
    return local(file)


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


def test_two_files_of_one_name_are_trained_on(tmp_path: Path) -> None:
    for folder, rows in (("monday", "1,good\n"), ("tuesday", "0,bad\n")):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, rows)
    audit = load(inputs([str(tmp_path / "monday" / "tweets.csv"), str(tmp_path / "tuesday" / "tweets.csv")])).audit
    assert (audit.rows, len(audit.files)) == (2, 2)


def test_neutral_rows_make_a_third_class(tmp_path: Path) -> None:
    assert not load([write(tmp_path, "1,good\n0,bad\n")]).labels.has_neutral
    assert load([write(tmp_path, "positive,good\nnegative,bad\nneutral,table\n")]).labels.has_neutral


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no negative rows"):
        load([write(tmp_path, "1,good\n")])


def test_labels_without_a_known_meaning_are_named_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r'tweets\.csv: the labels meh \(2\), so \(1\) have no known meaning.*--labels "meh='
    ):
        load([write(tmp_path, "positive,good\nmeh,bad\nso,so\nmeh,mine\n")])


def test_labels_mean_what_the_user_says(tmp_path: Path) -> None:
    options = FileOptions.parse(labels="0=negative,1=neutral,2=positive,9=skip")
    data = load([write(tmp_path, "0,bad\n1,table\n2,good\n9,away\n")], options=options)
    assert dict(zip(data.rows["text"].to_pylist(), data.rows["label"].to_pylist(), strict=True)) == {
        "bad": 0.0,
        "table": 2.0,
        "good": 1.0,
    }
    assert data.audit.skipped == 1


def test_rows_that_can_not_be_used_are_named_and_counted_by_their_kind(tmp_path: Path) -> None:
    file = write(tmp_path, "1,good\n0,bad\n" + "0\n" * 7 + "1,\n")
    with pytest.raises(UserError) as refusal:
        load([file])
    sentence = str(refusal.value)
    assert "8 rows can't be used" in sentence
    assert "(7)" in sentence
    assert sentence.count("line ") == 5
    assert "--skip-bad" in sentence
    told: list[str] = []
    assert load([file], skip_bad=True, tell=told.append).audit.broken == 8
    assert any("left out by --skip-bad" in sentence for sentence in told)


def test_a_split_that_a_row_can_not_be_put_into_is_refused_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text,user\n1,good,ann\n0,bad,\n")
    with pytest.raises(UserError, match=r"tweets\.csv, line 3: no usable author; --split author needs one"):
        load([local(file)], SplitBy.AUTHOR)
    with pytest.raises(UserError, match=r"tweets\.csv, line 2: no usable date"):
        load([local(file)], SplitBy.TIME)


def test_the_audit_describes_the_rows_without_their_text(tmp_path: Path) -> None:
    audit = load([write(tmp_path, "1,so good\n0,schlecht и плохо\n0,42\n")]).audit
    assert audit.scripts == {"Latin": 2, "Cyrillic": 1, "none": 1}
    assert audit.lengths == {"positive": {0: 1}, "negative": {0: 2}}
    assert audit.without_author == 3
    assert "good" not in str(audit.as_dict())


def test_utf_16_is_read(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("label,text\n1,good\n0,bad\n", encoding="utf-16")
    assert load([local(file)]).audit.rows == 2
