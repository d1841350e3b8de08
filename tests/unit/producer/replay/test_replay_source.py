import gzip
from itertools import islice
from pathlib import Path

import orjson
import pytest
import zstandard

from producer.record import Record
from producer.replay.prepared import prepare
from producer.replay.source import ReplaySource
from sentistream.errors import UserError
from sentistream.files.content.inputs import expand
from sentistream.files.content.lines import MAX_LINE_BYTES
from sentistream.files.options import FileOptions, Ids
from sentistream.files.rows import BrokenRow
from stream_processor.stream.parsing.rejection import RejectedRecordError
from stream_processor.stream.parsing.tweet import parse

V2 = '{"data":{"id":"%d","text":"hi"}}'


def source(
    *arguments: Path, loop: bool = False, forward_bad: bool = False, options: FileOptions | None = None
) -> tuple[ReplaySource, list[BrokenRow]]:
    told: list[BrokenRow] = []
    prepared = prepare(expand(map(str, arguments)), options or FileOptions())
    return ReplaySource(prepared, told.append, loop, forward_bad), told


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def position(record: Record) -> str:
    return dict(record.headers)["source_position"].decode()


@pytest.mark.parametrize(
    ("content", "ids", "positions"),
    [
        ('"0","7","","q","u","it rains"\n', ["7"], ["tweets:1"]),
        ("label,id,text\n1,7000000007,good\n0,8,bad\n", ["7000000007", "8"], ["tweets:2", "tweets:3"]),
        ("id,text\n7,no label\n", ["7"], ["tweets:2"]),
        ("7\tpositive\tgood\n", ["7"], ["tweets:1"]),
        (f"{V2 % 7}\r\n\r\n{V2 % 8}", ["7", "8"], ["tweets:1", "tweets:3"]),
        ('{"id":"7","text":"hi"}\n{"delete":{}}\n', ["7"], ["tweets:1"]),
        ('{"id_str":"7","text":"hi","user":{}}\n', ["7"], ["tweets:1"]),
        (
            '{\n "statuses": [\n {"id_str":"7","text":"hi"},\n {"id_str":"8","text":"ho"}]}',
            ["7", "8"],
            ["tweets:1", "tweets:2"],
        ),
        ('{"data":[{"id":"7","text":"hi"}],"meta":{}}', ["7"], ["tweets:1.1"]),
        ('\n\n[{"id":"7","text":"hi"}]', ["7"], ["tweets:1"]),
        (f"{{broken\n{V2 % 7}\n", ["7"], ["tweets:2"]),
        ("\ufeff" + V2 % 7, ["7"], ["tweets:1"]),
        ("\ufeff[" + V2 % 7 + "]", ["7"], ["tweets:1"]),
        (
            '{"data":[{"id":"7","text":"hi"},{"id":"8","text":"ho"}],"errors":[]}\n{"data":[{"id":"9","text":"hi"}],"meta":{}}\n',
            ["7", "8", "9"],
            ["tweets:1.1", "tweets:1.2", "tweets:2.1"],
        ),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_every_format_is_told_by_its_content(
    tmp_path: Path, content: str, ids: list[str], positions: list[str], pack: "type[bytes]"
) -> None:
    records = list(source(write(tmp_path, "tweets", pack(content.encode())))[0])
    assert [record.key.decode() for record in records] == ids
    assert [position(record) for record in records] == positions
    for record in records:
        assert str(parse(record.value).tweet_id) == record.key.decode()
        assert dict(record.headers)["source"] == b"replay"


def test_a_label_travels_as_a_header_only(tmp_path: Path) -> None:
    record, _ = source(write(tmp_path, "tweets", "label,id,text\n1,7,good\n0,9,bad\n"))[0]
    assert dict(record.headers)["label"] == b"positive"
    assert b"positive" not in record.value


def test_broken_rows_are_told_and_counted_and_sent_on_where_wanted(tmp_path: Path) -> None:
    rows = write(tmp_path, "rows.csv", "label,text\n1,good\n1\n0,bad\n")
    lines = write(tmp_path, "lines.json", V2 % 7 + '\n[1]\n{"data":{"id":"x"}}\n')
    left_out, told = source(rows, lines)
    assert len(list(left_out)) == 3
    assert [str(row).partition(", ")[2][:10] for row in told] == ["line 3: 1 ", "line 2: no", "line 3: th"]
    counts = left_out.summary()
    assert (counts["read"], counts["broken_rows"], counts["no_tweets"]) == (6, 3, 0)
    forwarded = list(source(rows, lines, forward_bad=True)[0])
    assert forwarded[1].value == b"1\n"
    assert len(forwarded) == 6
    for broken in (forwarded[1], forwarded[4], forwarded[5]):
        with pytest.raises(RejectedRecordError):
            parse(broken.value)


def test_garbage_is_a_broken_row_and_never_the_end(tmp_path: Path) -> None:
    deep = "[" * 300 + "]" * 300
    retweets = '{"retweeted_status":' * 990 + "{}" + "}" * 990
    lines = [
        '{"id_str":"1","text":"a","created_at":1600000000}',
        '{"verb":"post","actor":5,"id":"t:2","body":"a","postedTime":5}',
        f'{{"id_str":"3","text":"a","lang":{deep}}}',
        f'{{"id_str":"4","text":"a","retweeted_status":{retweets}}}',
        f'[{{"id":"5","text":"a","x":{deep}}}]',
        V2 % 6,
    ]
    file = write(tmp_path, "tweets", "\n".join([V2 % 9, *lines]))
    records, told = source(file, forward_bad=True)
    assert [record.key.decode() for record in records if is_tweet(record)] == ["9", "1", "2", "3", "4", "6"]
    assert [row.line for row in told] == [6]


def is_tweet(record: Record) -> bool:
    try:
        parse(record.value)
    except RejectedRecordError:
        return False
    return True


def test_each_round_of_a_loop_has_new_ids(tmp_path: Path) -> None:
    files = write(tmp_path, "a.csv", "label,text\n1,good\n0,bad\n"), write(tmp_path, "b.json", V2 % 7)
    endless = iter(source(*files, loop=True)[0])
    records = [next(endless) for _ in range(9)]
    assert len({record.key for record in records}) == 9
    assert [position(record) for record in records[2:6]] == ["b.json:1", "a.csv#2:2", "a.csv#2:3", "b.json#2:1"]
    again = iter(source(*files, loop=True)[0])
    assert [next(again) for _ in range(9)] == records
    assert [str(parse(record.value).tweet_id).encode() for record in records] == [record.key for record in records]


def test_a_loop_goes_on_in_a_later_round_as_if_it_had_come_through_all(tmp_path: Path) -> None:
    file = write(tmp_path, "tweets", f"{V2 % 7}\n{V2 % 8}\n")
    third = list(islice(source(file, loop=True)[0], 4, 6))
    later, _ = source(file, loop=True)
    later.begin_in(3)
    assert list(islice(later, 2)) == third
    assert position(third[0]) == "tweets#3:1"


def test_the_share_of_a_small_file_is_that_of_its_rows(tmp_path: Path) -> None:
    tweets = "".join(f"{V2 % number}\n" for number in range(1, 101))
    files = [write(tmp_path, name, tweets) for name in ("a", "b")]
    read, _ = source(*files, loop=True)
    assert read.share() is None
    shares = []
    for number, _ in enumerate(read, 1):
        shares.append(read.share())
        if number == 400:
            break
    assert shares[:200] == pytest.approx([number / 200 for number in range(1, 201)], abs=0.01)
    assert shares[200:] == pytest.approx(shares[:200])


def test_a_loop_over_nothing_ends(tmp_path: Path) -> None:
    assert list(source(write(tmp_path, "tweets", '{"delete":{}}\n'), loop=True)[0]) == []


def test_an_endless_line_is_cut_and_the_next_one_read(tmp_path: Path) -> None:
    long = V2 % 1 + "x" * (3 * MAX_LINE_BYTES)
    file = write(tmp_path, "tweets", f"{V2 % 7}\n{long}\n{V2 % 8}\n")
    found, told = source(file)
    assert [position(record) for record in found] == ["tweets:1", "tweets:3"]
    assert [row.line for row in told] == [2]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{\n broken", "neither an object a line nor a document"),
        (gzip.compress(b"id,text\n7,hi\n" * 1000, mtime=0)[:-20], "cut short or damaged"),
        (zstandard.compress(b"id,text\n7,hi\n" * 1000)[:-3], "cut short or damaged"),
    ],
)
def test_an_unusable_file_is_refused_in_one_sentence(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        list(source(write(tmp_path, "tweets", content))[0])


def test_the_real_files_of_every_api_are_read_whole(shared_data: Path) -> None:
    expected = {
        "v2_filtered_stream_sample.jsonl": 41,
        "v1.1_search_100statuses_serde.json": 100,
        "tweet_parser_original_format_examples.json": 25,
        "tweet_parser_activity_streams_examples.json": 25,
        "tweet_parser_public_api_sample.json": 20,
    }
    for name, tweets in expected.items():
        found, told = source(shared_data / "twitter_api" / name)
        assert len(list(found)) == tweets, name
        assert not told, name


def test_both_enterprise_forms_of_one_tweet_have_the_same_text(shared_data: Path) -> None:
    forms = [
        {record.key: orjson.loads(record.value)["data"] for record in source(shared_data / "twitter_api" / name)[0]}
        for name in ("tweet_parser_original_format_examples.json", "tweet_parser_activity_streams_examples.json")
    ]
    assert forms[0].keys() == forms[1].keys()
    for tweet_id, status in forms[0].items():
        for name in ("text", "author_id", "lang", "created_at"):
            assert status[name] == forms[1][tweet_id][name], (tweet_id, name)


def test_an_unknown_label_never_keeps_a_row_from_a_replay(tmp_path: Path) -> None:
    records = list(source(write(tmp_path, "tweets.csv", "label,text\n1,good\nmeh,odd\n2,bad\n"))[0])
    assert [dict(record.headers).get("label") for record in records] == [None, None, None]


def test_ids_that_are_none_are_replaced_by_the_same_ones_each_time(tmp_path: Path) -> None:
    first = write(tmp_path, "a.csv", "id,text\n1,good\n2,bad\n")
    second = write(tmp_path, "b.csv", "id,text\n1,warm\n2,cold\n")
    ids = [record.key for record in source(first, second)[0]]
    assert len(set(ids)) == 4
    assert [record.key for record in source(first, second)[0]] == ids
    kept = source(first, options=FileOptions(ids=Ids.COLUMN))[0]
    assert [record.key for record in kept] == [b"1", b"2"]


def test_how_a_file_was_read_travels_with_each_record(tmp_path: Path) -> None:
    record, _ = source(write(tmp_path, "tweets", "label,id,text\n1,7,good\n0,9000000000,bad\n"))[0]
    reading = dict(record.headers)["source_reading"].decode()
    assert {"f=csv", "i=column", "l=0:n,1:p"} < set(reading.split(";"))


def test_a_tweet_that_is_too_large_is_a_broken_row(tmp_path: Path) -> None:
    # JSON writes such a character in six.
    long = "\x01" * (MAX_LINE_BYTES // 5)
    file = write(tmp_path, "tweets", f"id,text\n9000000001,hi\n9000000002,a {long}\n9000000003,ho\n")
    records, told = source(file)
    assert [record.key for record in records] == [b"9000000001", b"9000000003"]
    assert [row.line for row in told] == [3]
    records, told = source(write(tmp_path, "tweets", "id,text\n9000000001,hi\n9000000002," + "x" * 5000 + "\n"))
    records.take_at_most(5000)
    assert [record.key for record in records] == [b"9000000001"]
