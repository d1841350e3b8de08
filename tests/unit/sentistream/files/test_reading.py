import gzip
from pathlib import Path

import pytest
import zstandard

from sentistream.errors import UserError
from sentistream.files.reading import labelled as read
from sentistream.files.rows import BrokenRow, TweetRow


def write(folder: Path, content: str | bytes, name: str = "tweets") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_sentiment140_is_read_in_its_own_layout(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '"0","1467810369","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","someone","it ""rains"""\n"4","2","","q","u","sun"\n',
    )
    assert list(read(file)) == [
        TweetRow(1, 'it "rains"', "negative", "1467810369", "Mon Apr 06 22:19:45 PDT 2009", "someone"),
        TweetRow(2, "sun", "positive", "2", None, "u"),
    ]


def test_latin_1_is_told_from_utf_8(tmp_path: Path) -> None:
    latin = write(
        tmp_path, '"0","1","","q","u","a nice café"\n'.encode("latin-1") + b'"4","2","","q","u","plain"\n' * 9
    )
    utf8 = write(tmp_path, "label,text\n1,a nice café\n0,plain\n", "utf8")
    assert [next(row.text for row in read(path) if isinstance(row, TweetRow)) for path in (latin, utf8)] == [
        "a nice café",
        "a nice café",
    ]


def test_a_headed_csv_is_read_by_its_column_names(tmp_path: Path) -> None:
    file = write(tmp_path, "Tweet,author,Sentiment\nfine,me,neutral\n")
    assert list(read(file)) == [TweetRow(2, "fine", "neutral", author="me")]


def test_semeval_escapes_are_decoded(tmp_path: Path) -> None:
    file = write(tmp_path, "264183816548130816\tpositive\tit\\u2019s\t\n8\tnegative\tno\n")
    assert list(read(file)) == [
        TweetRow(1, "it’s", "positive", "264183816548130816"),
        TweetRow(2, "no", "negative", "8"),
    ]


def test_an_escaped_emoji_is_one_character(tmp_path: Path) -> None:
    file = write(tmp_path, "7\tpositive\t\\ud83d\\ude00 and \\ud83d alone\n")
    assert [row.text for row in read(file) if isinstance(row, TweetRow)] == ["\U0001f600 and \ufffd alone"]


def test_a_compressed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = write(tmp_path, "label,text\n1,good\n0,bad\n")
    for pack in (
        gzip.compress,
        zstandard.compress,
        lambda whole: zstandard.compress(whole[:9]) + zstandard.compress(whole[9:]),
    ):
        packed = write(tmp_path, pack(plain.read_bytes()), "packed")
        assert list(read(packed)) == list(read(plain))


def test_a_broken_row_is_reported_and_the_next_one_read(tmp_path: Path) -> None:
    file = write(tmp_path, 'label,text\n1,good\n1\n0,\n0,"two\nlines"\n0,last\n')
    rows = list(read(file))
    assert [(row.line, row.problem[:9]) for row in rows if isinstance(row, BrokenRow)] == [
        (3, "1 columns"),
        (4, "the text "),
    ]
    assert [(row.line, row.text) for row in rows if isinstance(row, TweetRow)] == [
        (2, "good"),
        (5, "two\nlines"),
        (7, "last"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_broken_row_keeps_its_bytes(tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path, 'label,text\n\n9,"café\nau lait",x\n1,good\n0,bad\n'.encode(encoding))
    broken, good, _ = read(file)
    assert isinstance(broken, BrokenRow)
    assert (broken.line, broken.raw.decode(encoding.replace("16", "16-le"))) == (3, '9,"café\nau lait",x\n')
    assert good == TweetRow(5, "good", "positive")


def test_a_file_without_labels_is_no_training_data(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none of its columns is known to hold the label \(id, text\)"):
        list(read(write(tmp_path, "id,text\n7,good\n")))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("a,b\n1,2\n", r"none of its columns is known to hold the text \(a, b\)"),
        ("text,b\nx,2\n", r"none of its columns is known to hold the label \(text, b\)"),
        (gzip.compress(b"label,text\n1,x\n", mtime=0)[:-9], "cut short or damaged"),
        (zstandard.compress(b"label,text\n1,x\n" * 9)[:-9], "cut short or damaged"),
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
