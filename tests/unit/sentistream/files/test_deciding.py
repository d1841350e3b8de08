import bz2
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from sentistream.errors import UserError
from sentistream.files.content.inputs import local
from sentistream.files.deciding import decide
from sentistream.files.decision import Decision
from sentistream.files.inspection import inspect
from sentistream.files.options import FileOptions, Ids, Purpose

ROWS = [(900000000000000017 + 13 * number, f"row {number} is warm", "positive") for number in range(20)]
TABLE = "id,text,label\n" + "".join(f"{tweet_id},{text},{label}\n" for tweet_id, text, label in ROWS)


def write(folder: Path, content: str | bytes, name: str = "tweets") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def report(
    folder: Path, content: str | bytes, purpose: Purpose = Purpose.REPLAY, **options: str | Ids
) -> dict[str, object]:
    return inspect(local(write(folder, content)), FileOptions.parse(**options), purpose)  # type: ignore[arg-type]  # options by name


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, TABLE)
    return packed.getvalue()


def tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(TABLE)
        archive.addfile(member, io.BytesIO(TABLE.encode()))
    return packed.getvalue()


def parquet() -> bytes:
    ids, texts, labels = zip(*ROWS, strict=True)
    packed = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"tweet": texts, "id": ids, "sentiment": labels}), packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        "\ufeff" + TABLE,
        "\n\n" + TABLE,
        "sep=,\n" + TABLE,
        TABLE.replace("\n", "\r"),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace(",", "\t"),
        TABLE.replace(",", ";"),
        TABLE.replace(",", "|"),
        TABLE.replace("id,text,label", '"id" , "text" , "label"'),
        TABLE.encode("utf-16"),
        TABLE.encode("utf-16-le"),
        TABLE.encode("utf-16-be"),
        TABLE.encode("utf-32"),
        bz2.compress(TABLE.encode()),
        lzma.compress(TABLE.encode()),
        zipped("a.csv"),
        zipped("a.csv", "__MACOSX/._a.csv"),
        parquet(),
        TABLE.partition("\n")[2],
        TABLE + "id,text,label\n",
    ],
)
def test_the_same_rows_come_of_every_way_to_write_them(tmp_path: Path, content: str | bytes) -> None:
    found = report(tmp_path, content)
    assert (found["refused"], found["rows"], found["broken"], found["ids"]) == (None, 20, 0, "column")
    assert found["labels"] == {"positive": 20}
    sample = found["sample"]
    assert isinstance(sample, list)
    assert [(int(row["id"]), row["text"], row["label"]) for row in sample] == ROWS


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\x89PNG\r\n\x1a\n....", "a PNG picture"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"SQLite format 3\0....", "a SQLite database"),
        (b"<html><body>Log in</body>", "a web page"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"Obj\x01\x04....", "Avro"),
        (b"ORC....", "ORC"),
        (b"ARROW1\0\0", "Arrow"),
        (b"\x80\x04\x95\x10....", "pickle"),
        (b"[{'id': 7, 'text': 'hi'}]", "Python's dictionaries"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
        (zipped("a.csv", "b.csv"), r"2 files \(a\.csv, b\.csv\)"),
        (tar(), "a tar archive"),
        (b"\x07\x08\0\x01\x02\x03\x04\x05" * 9, "binary"),
        (b'[{"id": "7", "text": "hi"}, {"id": "8", "te', "ends early"),
        (b'{"meta": {"result_count": 0}}', "lists no tweet"),
        (b"id,text\n", "no usable row"),
        (b"", "empty"),
    ],
)
def test_what_a_file_is_not_is_said_by_name(tmp_path: Path, content: bytes, named: str) -> None:
    found = report(tmp_path, content)
    assert found["rows"] == 0
    with pytest.raises(AssertionError if found["refused"] is None else UserError, match=named):
        raise UserError(str(found["refused"]))


@pytest.mark.parametrize(
    ("ids", "why"),
    [
        ([1, 2, 3, 4], "row numbers"),
        ([0, 1, 2, 3], "row numbers"),
        (["9.1E+17", "9.2E+17", "9.3E+17", "9.4E+17"], "floats"),
        ([900000000000000100, 900000000000000200, 900000000000000400, 900000000000000700], "zeros"),
        ([900000000000000017, 900000000000000017, 900000000000000031, 900000000000000032], "different texts"),
    ],
)
def test_ids_that_are_none_are_replaced_with_the_reason(tmp_path: Path, ids: list[object], why: str) -> None:
    content = "id,text\n" + "".join(f"{each},text number {number}\n" for number, each in enumerate(ids))
    found = report(tmp_path, content)
    assert (found["ids"], found["distinct_ids"]) == ("hash", 4)
    assert any(why in warning for warning in found["warnings"])  # type: ignore[attr-defined]  # a list
    assert report(tmp_path, content, ids=Ids.COLUMN)["warnings"] == []


def test_two_forms_of_one_tweet_are_no_reuse(tmp_path: Path) -> None:
    content = (
        "id,text\n900000000000000017,salt &amp; pepper  https://t.co/x\n900000000000000017,salt & pepper\n"
        "900000000000000031,a text that is c\n900000000000000031,a text that is cut off\n"
    )
    assert report(tmp_path, content)["ids"] == "column"


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "shift_jis", "gb18030"])
def test_other_letters_are_read_right_or_refused(tmp_path: Path, encoding: str) -> None:
    text = {
        "cp1252": "don’t like the café",
        "cp1251": "какой хороший день",
        "shift_jis": "今日は楽しい",
        "gb18030": "今天天气很好",
    }
    content = f"text,label\n{text[encoding]},positive\n".encode(encoding)
    found = report(tmp_path, content)
    if found["refused"] is None:
        assert found["sample"][0]["text"] == text[encoding]  # type: ignore[index]  # a list
    else:
        assert "--encoding" in str(found["refused"])
    assert report(tmp_path, content, encoding=encoding)["sample"][0]["text"] == text[encoding]  # type: ignore[index]


def test_a_line_that_is_no_utf_8_is_broken_among_others_that_are(tmp_path: Path) -> None:
    lines = [f"row {number} ☀ is warm,positive\n".encode() for number in range(40)]
    lines[20] = b"half a sun \xe2\x98,positive\n"
    found = report(tmp_path, b"text,label\n" + b"".join(lines))
    assert (found["encoding"], found["rows"], found["broken"]) == ("utf-8", 39, 1)


def test_a_stray_quote_takes_no_rows_with_it(tmp_path: Path) -> None:
    rows = [f"{900000000000000017 + number},row {number} is warm,positive\n" for number in range(100)]
    rows[30] = '900000000000000999,"what he said,positive\n'
    open_end = "".join(rows)
    rows[70] = '900000000000001999,a screen of 5",positive\n'
    for content in (open_end, "".join(rows)):
        found = report(tmp_path, "id,text,label\n" + content)
        assert (found["rows"], found["broken"]) == (100, 0)
        assert any("stray quote" in warning for warning in found["warnings"])  # type: ignore[attr-defined]


def test_a_text_over_several_lines_is_one_row(tmp_path: Path) -> None:
    content = (
        'id,text\n900000000000000017,"first, line\nsecond, line\nthird, line\nfourth, line"\n900000000000000031,x y\n'
    )
    assert report(tmp_path, content)["rows"] == 2


def test_the_most_exact_time_is_taken_and_what_can_not_be_read_is_counted(tmp_path: Path) -> None:
    content = "date,created_at,text\n2023-02-01,2023-02-01T10:00:00Z,warm\n2023-02-01,yesterday,cold\n"
    found = report(tmp_path, content)
    assert found["columns"]["date"] == "created_at"  # type: ignore[index]
    assert found["times"] == 1
    assert any("1 of the first 2 times" in warning for warning in found["warnings"])  # type: ignore[attr-defined]


def test_day_and_month_that_can_not_be_told_apart_are_refused(tmp_path: Path) -> None:
    content = "date,text\n01/02/2023,warm\n03/04/2023,cold\n"
    assert "--date-format" in str(report(tmp_path, content)["refused"])
    assert report(tmp_path, content + "24/02/2023,wet\n")["times"] == 3
    assert report(tmp_path, content, date_format="%d/%m/%Y")["sample"][0]["created_at"].startswith("2023-02-01")  # type: ignore[index]


def test_words_go_before_codes_and_two_columns_of_words_are_named(tmp_path: Path) -> None:
    train = Purpose.TRAIN
    found = report(tmp_path, "label,sentiment,text\n0,positive,warm\n1,negative,cold\n", train)
    assert found["labels"] == {"positive": 1, "negative": 1}
    both = "label,sentiment,text\npositive,negative,warm\nnegative,negative,cold\n"
    assert "2 columns could be the label (label, sentiment)" in str(report(tmp_path, both, train)["refused"])
    assert report(tmp_path, both, train, label_column="label")["labels"] == {"positive": 1, "negative": 1}


def test_columns_that_have_other_names_are_named_by_the_user(tmp_path: Path) -> None:
    content = "nr,words,mood\n900000000000000017,warm sun,positive\n900000000000000031,cold rain,negative\n"
    assert "(nr, words, mood)" in str(report(tmp_path, content)["refused"])
    options = {"text_column": "words", "label_column": "Mood", "id_column": "nr"}
    found = report(tmp_path, content, **options)
    assert (found["rows"], found["ids"], found["labels"]) == (2, "column", {"positive": 1, "negative": 1})
    lines = '{"nr": "900000000000000017", "words": "warm sun", "mood": "positive"}\n'
    assert report(tmp_path, lines, **{**options, "label_column": "mood"})["labels"] == {"positive": 1}
    without_header = "x,warm sun,7\ny,cold rain,8\n"
    assert report(tmp_path, without_header, text_column="2")["rows"] == 2


@pytest.mark.parametrize(
    ("content", "created_at"),
    [
        ('{"id": 900000000000000017, "tweet": "hi", "created_at": "2023-02-01 10:00:00 UTC", "user_id": 5}', True),
        ('{"_type": "snscrape.modules.twitter.Tweet", "id": 900000000000000017, "date": "2023-02-01T10:00:00+00:00", "rawContent": "hi", "user": {"id": 5}}', True),
        ('{"_id": {"$oid": "63da"}, "id": {"$numberLong": "900000000000000017"}, "text": "hi", "created_at": {"$date": "2023-02-01T10:00:00Z"}}', True),
        ('{"id": "900000000000000017", "content": "<p>hi</p>", "created_at": "2023-02-01T10:00:00.000Z", "account": {"id": "5"}}', True),
        ('window.YTD.tweets.part0 = [\n {\n "tweet" : {\n "id_str" : "900000000000000017", "full_text" : "hi", "created_at" : "Wed Feb 01 10:00:00 +0000 2023"}}]', True),
        ('[{"data": [{"id": "900000000000000017", "text": "hi"}], "meta": {}}, {"data": [], "meta": {}}]', False),
        ('{"columns": ["id", "text"], "data": [["900000000000000017", "hi"]]}', False),
        ('{"id": ["900000000000000017"], "text": ["hi"]}', False),
    ],
)  # fmt: skip
def test_tweets_are_read_as_programs_write_them(tmp_path: Path, content: str, created_at: bool) -> None:
    found = report(tmp_path, content)
    assert (found["refused"], found["rows"], found["broken"]) == (None, 1, 0)
    (row,) = found["sample"]  # type: ignore[misc]  # a list of one
    assert (row["id"], row["text"]) == ("900000000000000017", "hi")
    assert row["created_at"] == ("2023-02-01T10:00:00.000Z" if created_at else None)


def test_a_post_of_bluesky_gets_an_id_of_our_own(tmp_path: Path) -> None:
    content = '{"did":"did:plc:x","kind":"commit","commit":{"operation":"create","record":{"text":"hi","createdAt":"2023-02-01T10:00:00Z"}}}'
    assert (report(tmp_path, content)["rows"], report(tmp_path, content)["times"]) == (1, 1)


def test_a_decision_survives_its_written_form(tmp_path: Path) -> None:
    content = "sep=;\nid;date;text;label\n7;24/02/2023;warm; so so\n8;01/02/2023;cold;positive\n"
    options = FileOptions.parse(labels="so so=neutral", encoding="cp1252")
    decision = decide(local(write(tmp_path, content)), options).decision
    fresh = decide(local(write(tmp_path, content)), FileOptions()).decision
    again = fresh.as_carried(str(decision))
    assert again == decision
    assert isinstance(again, Decision)
    assert len(str(decision)) < 120


def test_a_list_on_one_line_is_read_whole_however_long(tmp_path: Path) -> None:
    tweets = ",".join(
        f'{{"id": "{900000000000000017 + number}", "text": "{"warm " * 200}"}}' for number in range(20_000)
    )
    found = report(tmp_path, f"[{tweets}]")
    assert (found["refused"], found["rows"], found["broken"]) == (None, 20_000, 0)
