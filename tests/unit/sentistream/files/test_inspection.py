import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from typer.testing import CliRunner

from producer.replay.prepared import Prepared
from producer.replay.source import ReplaySource
from sentistream.files.command import inspect as inspect_command
from sentistream.files.content.inputs import local
from sentistream.files.deciding import decide
from sentistream.files.inspection import inspect, short
from sentistream.files.options import FileOptions, Ids, Purpose
from sentistream.files.reading import read
from sentistream.files.rows import TweetRow


def write(folder: Path, content: str) -> Path:
    file = folder / "tweets"
    file.write_text(content)
    return file


def report(folder: Path, content: str, purpose: Purpose = Purpose.REPLAY, **options: str) -> dict[str, Any]:
    return inspect(local(write(folder, content)), FileOptions.parse(**options), purpose)  # type: ignore[arg-type]  # options by name


def shown(folder: Path, content: str) -> str:
    app = typer.Typer()
    app.command()(inspect_command)
    return CliRunner().invoke(app, [str(write(folder, content))]).output


def published(folder: Path, content: str) -> list[dict[str, Any]]:
    each = local(write(folder, content))
    decided = decide(each, FileOptions())
    source = ReplaySource([Prepared(each, each, decided.decision, decided.rows)], print)
    return [orjson.loads(record.value)["data"] for record in source]


@pytest.mark.parametrize("name", ["lang", "Language", "tweet_lang"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_language_of_a_row_travels_as_xs_own_does(tmp_path: Path, name: str, separator: str) -> None:
    content = f"text,{name}\nwarm day,en\nkalter Tag,DE\nso so,\n".replace(",", separator)
    assert [tweet.get("lang") for tweet in published(tmp_path, content)] == ["en", "de", None]
    found = report(tmp_path, content)
    assert found["columns"]["lang"] == name
    assert found["languages"] == {"en": 1, "de": 1, "none": 1}
    decided = decide(local(tmp_path / "tweets"), FileOptions())
    assert f"lang from {name}" in short("tweets", decided, Purpose.REPLAY)


def test_the_language_of_an_object_travels_where_it_is_a_tag(tmp_path: Path) -> None:
    content = '{"text": "warm day", "Lang": "EN"}\n{"text": "cold day", "Lang": "English"}\n'
    assert [tweet.get("lang") for tweet in published(tmp_path, content)] == ["en", None]
    (warning,) = report(tmp_path, content)["warnings"]
    assert "1 tweets go without a language" in warning
    assert "'English'" in warning


def test_a_column_of_languages_that_are_no_tags_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    content = "text,lang\nwarm day,en\ncold day,English\n"
    assert [tweet.get("lang") for tweet in published(tmp_path, content)] == [None, None]
    found = report(tmp_path, content)
    assert (found["columns"]["lang"], found["not_read"]) == (None, ["lang"])
    assert "'English' is no BCP 47 tag" in found["warnings"][0]


def test_authors_travel_where_all_of_them_are_numbers(tmp_path: Path) -> None:
    of_numbers = "text,user_id,user\nwarm day,17,ann\ncold day,,bo\n"
    assert [tweet.get("author_id") for tweet in published(tmp_path, of_numbers)] == ["17", None]
    assert report(tmp_path, of_numbers)["columns"]["author"] == "user_id"
    of_names = "text,user\nwarm day,17\ncold day,bo\n"
    assert [tweet.get("author_id") for tweet in published(tmp_path, of_names)] == [None, None]
    assert report(tmp_path, of_names)["not_read"] == ["user"]
    assert report(tmp_path, of_names, Purpose.TRAIN)["columns"]["author"] == "user"


def test_authors_that_were_rounded_are_none(tmp_path: Path) -> None:
    rows = "".join(f"row {number} is warm,90000000000000{number}00\n" for number in range(100, 110))
    assert published(tmp_path, "text,author_id\n" + rows)[0].get("author_id") is None


def test_what_is_not_read_of_a_table_is_named(tmp_path: Path) -> None:
    content = "text,source,likes,label\nwarm day,web,3,positive\n"
    assert report(tmp_path, content)["not_read"] == ["source", "likes"]
    decided = decide(local(tmp_path / "tweets"), FileOptions())
    assert "not read: source, likes" in short("tweets", decided, Purpose.REPLAY)
    assert report(tmp_path, '{"text": "warm day", "likes": 3}')["not_read"] == ["likes"]
    assert report(tmp_path, ",text\n0,warm day\n")["not_read"] == ["column 1"]


def test_a_resumed_replay_goes_on_with_the_language_or_without_as_it_began(tmp_path: Path) -> None:
    each = local(write(tmp_path, "text,lang,author_id\nwarm day,en,17\n"))
    decision = decide(each, FileOptions()).decision
    assert decision.columns is not None
    assert decision.as_carried(str(decision)) == decision
    without = replace(decision, columns=replace(decision.columns, lang=None, author_ids=False))
    (row,) = read(each, decision.as_carried(str(without)))
    assert isinstance(row, TweetRow)
    assert (row.lang, row.author_id) == (None, None)


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ('{"data": {"id": "900000000000000017", "text": "hi"}}', {"text": "text", "id": "id"}),
        ('{"data": {"id": "900000000000000017", "text": "hi", "created_at": "2023-02-01T10:00:00Z", "lang": "en"}}', {"text": "text", "id": "id", "date": "created_at", "lang": "lang"}),
        ('{"content": "hi", "date": "2023-02-01"}', {"text": "content", "date": "date"}),
        ('{"a": 1}', {}),
    ],
)  # fmt: skip
def test_of_objects_the_keys_are_shown_that_they_have(tmp_path: Path, content: str, columns: dict[str, str]) -> None:
    found = report(tmp_path, content)["columns"]
    assert {what: key for what, key in found.items() if key is not None} == columns


def test_a_refusal_names_the_first_fault_and_shows_only_what_was_learnt(tmp_path: Path) -> None:
    text = shown(tmp_path, '{"a": 1}\n{"b": 2}\n')
    assert "none of its 2 rows can be used (the first: an object of no known form (its keys: a))" in text
    assert "sentistream inspect" not in text
    assert "distinct ids" not in text
    text = shown(tmp_path, "<html><body>Log in</body>")
    assert text.startswith("refused:")


@pytest.mark.parametrize("name", ["text", "Text ", "TEXT"])
def test_two_columns_of_the_texts_name_are_refused_with_their_numbers(tmp_path: Path, name: str) -> None:
    content = f"text,{name},label\nwarm sunny day,another text here,positive\n"
    refused = report(tmp_path, content)["refused"]
    assert "columns 1 and 2 are both called text and differ: say which, as in --text-column 1" in refused
    assert "both called" in report(tmp_path, content, text_column="text")["refused"]
    for number, text in (("1", "warm sunny day"), ("2", "another text here")):
        found = report(tmp_path, content, text_column=number)
        assert (found["refused"], found["sample"][0]["text"]) == (None, text)


def test_of_two_columns_of_one_name_that_hold_the_same_it_is_said_which_is_taken(tmp_path: Path) -> None:
    found = report(tmp_path, "text,label,text\nwarm sunny day,positive,warm sunny day\n")
    assert (found["refused"], found["rows"]) == (None, 1)
    assert found["warnings"] == ["columns 1 and 3 are both called text and hold the same: column 1 is read"]


@pytest.mark.parametrize(
    ("name", "values", "purpose", "said"),
    [
        ("label", ("positive", "negative"), Purpose.TRAIN, "--label-column 2"),
        ("label", ("positive", "negative"), Purpose.REPLAY, "go without a label"),
        ("id", ("900000000000000017", "900000000000000031"), Purpose.REPLAY, "--id-column 2 takes one"),
        ("created_at", ("2023-02-01", "2023-02-02"), Purpose.REPLAY, "another name in the header"),
        ("lang", ("en", "de"), Purpose.REPLAY, "go without a language"),
    ],
)
def test_two_columns_of_any_name_that_is_read_have_two_readings(
    tmp_path: Path, name: str, values: tuple[str, str], purpose: Purpose, said: str
) -> None:
    found = report(tmp_path, f"text,{name},{name}\nwarm sunny day,{','.join(values)}\n", purpose)
    told = json.dumps([found["refused"], *found["warnings"]])
    assert f"columns 2 and 3 are both called {name} and differ" in told
    assert said in told
    assert found["columns"].get("lang") is None


@pytest.mark.parametrize("first", [{"label": 0}, {"sentiment": "positive"}])
def test_of_objects_too_words_go_before_codes(tmp_path: Path, first: dict[str, object]) -> None:
    objects = [first, {"label": 1, "sentiment": "neutral"}, {"label": 0, "sentiment": "positive"}]
    content = "".join(
        json.dumps({"text": f"the kettle {number} sings", **each}) + "\n" for number, each in enumerate(objects)
    )
    found = report(tmp_path, content, Purpose.TRAIN)
    assert found["columns"]["label"] == "sentiment"
    assert found["labels"].keys() <= {"positive", "neutral"}
    assert report(tmp_path, content, Purpose.TRAIN, label_column="label")["labels"].keys() <= {"negative", "positive"}


def test_of_objects_too_two_keys_of_words_are_named(tmp_path: Path) -> None:
    content = '{"text": "the kettle sings", "label": "positive", "sentiment": "negative"}\n'
    refused = "2 columns could be the label (label, sentiment): name one by --label-column"
    assert refused in report(tmp_path, content, Purpose.TRAIN)["refused"]
    assert report(tmp_path, content)["labels"] == {"none": 1}
    assert report(tmp_path, content, Purpose.TRAIN, label_column="sentiment")["labels"] == {"negative": 1}


def test_a_zone_of_several_meanings_is_no_utc(tmp_path: Path) -> None:
    content = "text,created_at\nwarm day,Fri Jan 13 10:00:00 IST 2023\ncold day,Fri Jan 13 10:00:00 EST 2023\n"
    found = report(tmp_path, content)
    assert [row["created_at"] for row in found["sample"]] == [None, "2023-01-13T15:00:00.000Z"]
    assert "1 of the first 2 times can't be read ('Fri Jan 13 10:00:00 IST 2023')" in found["warnings"][0]


@pytest.mark.parametrize(
    "content",
    [
        '{"data": {"id": "900000000000000017", "text": "hi"}, "mood": "positive"}\n',
        '{"id_str": "900000000000000017", "text": "hi", "user": {"id_str": "5"}, "mood": "positive"}\n',
    ],
)
def test_a_label_beside_xs_own_object_is_read_where_its_key_is_named(tmp_path: Path, content: str) -> None:
    found = report(tmp_path, content, Purpose.TRAIN, label_column="mood")
    assert (found["refused"], found["labels"], found["columns"]["label"]) == (None, {"positive": 1}, "mood")
    assert found["ids"] == "column"
    assert report(tmp_path, content)["labels"] == {"none": 1}


def test_two_columns_of_one_name_are_refused_in_json_too(tmp_path: Path) -> None:
    content = '{"columns": ["text", "text"], "data": [["warm sunny day", "another text here"]]}'
    assert "are called text: write it anew" in report(tmp_path, content)["refused"]


def test_to_be_scored_a_row_has_its_own_id_or_none_and_its_label_says_nothing(tmp_path: Path) -> None:
    content = "id,text,label\n7,warm day,positive\n7,cold day,irrelevant\nx,so so,\n"
    found = report(tmp_path, content, Purpose.SCORE, labels="irrelevant=skip")
    assert (found["refused"], found["warnings"], found["rows"], found["passed_over"]) == (None, [], 3, {})
    assert found["columns"] == {"text": "text", "id": "id"}
    assert [row["id"] for row in found["sample"]] == ["7", "7", ""]
    decided = decide(local(tmp_path / "tweets"), FileOptions())
    assert short("tweets", decided, Purpose.SCORE) == "tweets: csv (comma), utf-8; text from text, id from id; 3 rows"


def test_of_two_columns_of_ids_that_differ_it_is_said_which_one_is_taken(tmp_path: Path) -> None:
    found = report(tmp_path, "text,id,id\nwarm sunny day,7,8\n", Purpose.SCORE, ids=Ids.COLUMN)
    (warning,) = found["warnings"]
    assert "columns 2 and 3 are both called id and differ" in warning
    assert warning.endswith("the first one is read")
    assert found["sample"][0]["id"] == "7"
