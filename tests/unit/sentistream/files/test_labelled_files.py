import gzip
from pathlib import Path

import pytest
import zstandard

from sentistream.errors import UserError
from sentistream.files.labelled_files import BrokenRow, LabelledTweet, read, rows


def write(folder: Path, content: str | bytes, name: str = "tweets") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_sentiment140_is_read_in_its_own_layout(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","someone","it ""rains"""\n"4","2","","q","u","sun"\n',
    )
    assert list(read(file)) == [
        LabelledTweet(1, 'it "rains"', "negative", "1", "Mon Apr 06 22:19:45 PDT 2009", "someone"),
        LabelledTweet(2, "sun", "positive", "2", None, "u"),
    ]


def test_latin_1_is_told_from_utf_8(tmp_path: Path) -> None:
    latin = write(tmp_path, '"0","1","","q","u","caf\xe9"\n'.encode("latin-1"))
    utf8 = write(tmp_path, "label,text\n1,café\n", "utf8")
    assert [row.text for path in (latin, utf8) for row in read(path) if isinstance(row, LabelledTweet)] == [
        "café",
        "café",
    ]


def test_a_headed_csv_is_read_by_its_column_names(tmp_path: Path) -> None:
    file = write(tmp_path, "Tweet,author,Sentiment\nfine,me,neutral\n")
    assert list(read(file)) == [LabelledTweet(2, "fine", "neutral", author="me")]


def test_semeval_escapes_are_decoded(tmp_path: Path) -> None:
    file = write(tmp_path, "7\tpositive\tit\\u2019s\t\n8\tnegative\tno\n")
    assert list(read(file)) == [
        LabelledTweet(1, "it’s", "positive", "7"),
        LabelledTweet(2, "no", "negative", "8"),
    ]


def test_an_escaped_emoji_is_one_character(tmp_path: Path) -> None:
    file = write(tmp_path, "7\tpositive\t\\ud83d\\ude00 and \\ud83d alone\n")
    assert [row.text for row in read(file) if isinstance(row, LabelledTweet)] == ["\U0001f600 and \ufffd alone"]


def test_a_compressed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = write(tmp_path, "label,text\n1,good\n")
    for pack in (
        gzip.compress,
        zstandard.compress,
        lambda whole: zstandard.compress(whole[:9]) + zstandard.compress(whole[9:]),
    ):
        packed = write(tmp_path, pack(plain.read_bytes()), "packed")
        assert list(read(packed)) == list(read(plain))


def test_a_broken_row_is_reported_and_the_next_one_read(tmp_path: Path) -> None:
    file = write(tmp_path, 'label,text\n1,good\n9,odd\n1\n0,\n0,"two\nlines"\n0,last\n')
    rows = list(read(file))
    assert [(row.line, row.problem[:9]) for row in rows if isinstance(row, BrokenRow)] == [
        (3, "the label"),
        (4, "1 columns"),
        (5, "the text "),
    ]
    assert [(row.line, row.text) for row in rows if isinstance(row, LabelledTweet)] == [
        (2, "good"),
        (6, "two\nlines"),
        (8, "last"),
    ]


def test_a_broken_row_keeps_its_bytes() -> None:
    lines = [b"label,text\n", b"\n", b'9,"caf\xe9\n', b'au lait"\n', b"1,good\n"]
    broken, good = rows("some", lines)
    assert isinstance(broken, BrokenRow)
    assert (broken.line, broken.raw) == (3, b'9,"caf\xe9\nau lait"\n')
    assert good == LabelledTweet(5, "good", "positive")


def test_labels_may_be_absent_where_none_are_needed() -> None:
    lines = [b"id,text\n", b"7,good\n"]
    assert list(rows("some", lines, need_labels=False)) == [LabelledTweet(2, "good", "", "7")]
    with pytest.raises(UserError, match="no label column"):
        list(rows("some", lines))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "line 1: the file is empty"),
        ("a,b\n1,2\n", "line 1: no text column"),
        ("text,b\nx,2\n", "line 1: no label column"),
        (gzip.compress(b"label,text\n1,x\n", mtime=0)[:-9], "cut short or damaged"),
        (zstandard.compress(b"label,text\n1,x\n" * 9)[:-9], "cut short or damaged"),
        ("label,text\n1,x\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_an_unusable_file_is_refused_in_one_sentence(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        list(read(write(tmp_path, content)))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        list(read(tmp_path / "absent"))


def test_the_real_files_are_read_whole(shared_data: Path) -> None:
    expected = {
        "sentiment140/random_sample.csv": 9_993,
        "sentiment140/testdata.manual.2009.06.14.csv": 498,
        "semeval2017/test_2017.tsv": 12_284,
    }
    for name, wanted in expected.items():
        found = list(read(shared_data / name))
        assert len(found) == wanted, name
        assert not [row for row in found if isinstance(row, BrokenRow)], name
