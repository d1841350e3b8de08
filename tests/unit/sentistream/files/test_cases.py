"""The table of ../shared/cases/README.md, walked by `inspect`: what must come of each file."""

import re
from pathlib import Path
from typing import Any

import pytest

from sentistream.files.content.inputs import local
from sentistream.files.inspection import inspect
from sentistream.files.options import FileOptions, Purpose
from tests.support.places import SHARED

CASES = SHARED.parent / "cases"
POSITIVE4_NEGATIVE4 = {"positive": 4, "negative": 4}
FOUR_WITH_IDS = {"rows": 4, "ids": "column", "distinct_ids": 4}
EIGHT = {"rows": 8, "labels": POSITIVE4_NEGATIVE4}
READ = {"refused": None}
EMOTIONS = "love=positive,happiness=positive,fun=positive,enthusiasm=positive,hate=negative,sadness=negative,worry=negative,anger=negative"
Expected = dict[str, Any]
REPLAY: dict[str, Expected] = {
    "labels_minus1_0_1.csv": {"rows": 12, "labels": {"positive": 4, "neutral": 4, "negative": 4}},
    "labels_0_1_2.csv": {"rows": 12, "labels": {"none": 12}, "said": "0=negative, 1=neutral, 2=positive"},
    "labels_as_floats.csv": EIGHT,
    "label_1_and_2_only.csv": {"rows": 8, "labels": {"none": 8}, "said": "1=neutral, 2=positive"},
    "stars.csv": {"rows": 10, "labels": {"none": 10}},
    "label_words_emotions.csv": {"rows": 8, "labels": {"none": 8}, "ids": "column"},
    "label_word_irrelevant.csv": {"rows": 14, "distinct_ids": 14, "ids": "hash", "said": "different texts"},
    "label_code_beside_word.csv": {"rows": 4, "labels": {"positive": 2, "negative": 1, "neutral": 1}},
    "target_is_a_topic.csv": EIGHT,
    "empty_labels.csv": {"rows": 5, "labels": {"positive": 1, "negative": 1, "none": 3}},
    "five_classes_other_header.csv": {"rows": 8, "columns.text": "OriginalTweet", "time": "2020-03-16"},
    "labels_as_sentences.csv": {"rows": 9, "labels": {"none": 9}},
    "row_numbers_as_ids_a.csv": {"rows": 4, "distinct_ids": 4, "ids": "hash", "said": "row numbers"},
    "row_numbers_as_ids_b.csv": {"rows": 4, "distinct_ids": 4, "ids": "hash", "said": "row numbers"},
    "ids_as_floats.csv": {"rows": 4, "distinct_ids": 4, "ids": "hash", "said": "floats"},
    "ids_mangled_by_a_spreadsheet.csv": {"rows": 4, "distinct_ids": 4, "ids": "hash", "time": "2015-02-24T11:30:00"},
    "ids_end_in_zeros_and_collide.csv": {"rows": 5, "distinct_ids": 5, "ids": "hash"},
    "one_id_for_several_texts.csv": {"rows": 12, "distinct_ids": 12, "ids": "hash"},
    "ids_with_prefixes.csv": {"rows": 3, "distinct_ids": 3, "id": "1294030472427835393"},
    "json_whole_number_ids.jsonl": {**FOUR_WITH_IDS, "id": "1650000000000000001", "time": "2023-02-01T10:00:00"},
    "json_rounded_ids_collide.jsonl": {"rows": 3, "distinct_ids": 3, "ids": "hash"},
    "dates_of_many_forms.csv": {"rows": 11, "times": 11},
    "dates_as_pandas_writes_them.csv": {"rows": 4, "times": 4, "time": "2023-01-01T10:00:00"},
    "blank_first_line.csv": FOUR_WITH_IDS,
    "dates_day_first.csv": {"rows": 4, "times": 4, "time": "2023-02-01T10:00"},
    "dates_ambiguous.csv": {"refused": "--date-format"},
    "two_date_columns.csv": {"rows": 4, "time": "2020-09-09T10:20:30"},
    "encoding_utf16_with_bom.csv": FOUR_WITH_IDS,
    "encoding_utf16_without_bom.csv": FOUR_WITH_IDS,
    "encoding_utf16_lines.json": {"rows": 2},
    "semicolons.csv": {**FOUR_WITH_IDS, "ends": "; really"},
    "headed.tsv": {**FOUR_WITH_IDS, "broken": 0},
    "headed_text_first.tsv": {**FOUR_WITH_IDS, "columns.text": "text", "columns.id": "id"},
    "two_columns_no_header.tsv": EIGHT,
    "four_columns_no_header.tsv": {**FOUR_WITH_IDS, "id": "1294030472427835000"},
    "pipe_separated.txt": {"rows": 4, "labels": {"negative": 4}},
    "first_line_sep.csv": FOUR_WITH_IDS,
    "header_again_in_the_middle.csv": {"rows": 3},
    "header_with_bom_and_spaces.csv": FOUR_WITH_IDS,
    "line_endings_cr_only.csv": FOUR_WITH_IDS,
    "backslash_escaped_quotes.csv": {"rows": 3, "listed": True},
    "one_stray_quote_in_300_rows.csv": {"rows": 300, "broken": 0, "said": "stray quote"},
    "stray_quote_closed_60_rows_later.csv": {"rows": 300, "broken": 0, "said": "stray quote"},
    "tweets.parquet": {"rows": 8, "format": "parquet"},
    "array_text_label.json": {"rows": 8, "distinct_ids": 8, "ids": "hash"},
    "lines_text_label.jsonl": {"rows": 8, "distinct_ids": 8},
    "columns_orientation.json": FOUR_WITH_IDS,
    "array_with_one_bad_tweet.json": {"rows": 2, "broken": 1},
    "array_cut_short.json": {"refused": "ends early"},
    "two_documents.json": {"rows": 3, "distinct_ids": 3},
    "pages_with_an_empty_one.jsonl": {"rows": 4, "broken": 0, "time": "2023-02-01T10:00:00"},
    "one_tweet_over_several_lines.json": {"rows": 1},
    "long_post.jsonl": {"rows": 1, "ends": "I hate this ending.", "length": 341},
    "retweet_cut_off_original_beside_it.json": {"rows": 1, "begins": "RT @someone: ", "without": "…"},
    "x_data_export_tweets.js": {**FOUR_WITH_IDS, "time": "2022-10-19T20:07:25"},
    "x_data_export_prefix_removed.json": {**FOUR_WITH_IDS, "time": "2022-10-19T20:07:25"},
    "twint.jsonl": {**FOUR_WITH_IDS, "time": "2020-09-09T10:20:30"},
    "python_repr.jsonl": {"refused": "Python's dictionaries"},
    "one_file.zip": {"rows": 4},
    "two_files.zip": {"refused": "a.csv, b.csv"},
    "one_file.csv.bz2": {"rows": 4},
    "one_file.csv.xz": {"rows": 4},
    "archive.tar.gz": {"refused": "tar"},
    "gzip_of_two_members.csv.gz": {"rows": 2},
    "spreadsheet.xlsx": {"refused": "Excel"},
    "html_login_page.csv": {"refused": "web page"},
    "git_lfs_pointer.csv": {"refused": "git lfs pull"},
    "picture.csv": {"refused": "PNG picture"},
    "sqlite.db": {"refused": "SQLite"},
    "header_only.csv": {"rows": 0, "refused": "header"},
    "all_rows_broken.csv": {"rows": 0, "broken": 4, "refused": "none of its 4 rows"},
    "search_without_results.json": {"rows": 0, "broken": 0, "refused": "lists no tweet"},
    "encoding_cp1252.csv": {"refused_or": 3, "refused": "--encoding"},
    "encoding_cp1251.csv": {"refused_or": 4, "refused": "--encoding"},
    "encoding_shift_jis.csv": {"refused_or": 3, "refused": "--encoding"},
    "encoding_gb18030.csv": {"refused_or": 3, "refused": "--encoding"},
}
TRAIN: dict[str, Expected] = {
    "labels_minus1_0_1.csv": {"rows": 12, "labels": {"positive": 4, "neutral": 4, "negative": 4}},
    "labels_0_1_2.csv": {"refused": r"0=negative, 1=neutral, 2=positive; 0=negative, 1=positive, 2=neutral"},
    "labels_as_floats.csv": EIGHT,
    "label_1_and_2_only.csv": {"refused": "--labels"},
    "stars.csv": {"refused": "--labels"},
    "label_words_emotions.csv": {"refused": r"(?=.*worry)(?=.*anger)(?=.*love)(?=.*fun).*--labels"},
    "label_word_irrelevant.csv": {"refused": "irrelevant"},
    "label_code_beside_word.csv": {"rows": 4, "labels": {"positive": 2, "negative": 1, "neutral": 1}},
    "target_is_a_topic.csv": EIGHT,
    "empty_labels.csv": {"rows": 2, "said": "3 rows have no label"},
    "five_classes_other_header.csv": {"refused": "extremely positive.*--labels"},
    "labels_as_sentences.csv": {"refused": "is_there_an_emotion_directed_at_a_brand_or_product.*--label-column"},
    "blank_first_line.csv": {"rows": 4, "labels": {"positive": 4}},
    "encoding_utf16_with_bom.csv": {"rows": 4, "labels": {"positive": 4}},
    "semicolons.csv": {"rows": 4, "labels": {"positive": 4}},
    "headed.tsv": {"rows": 4, "broken": 0},
    "two_columns_no_header.tsv": EIGHT,
    "entity_file_without_header.csv": EIGHT,
    "header_with_bom_and_spaces.csv": {"rows": 4, "labels": {"positive": 4}},
    "one_stray_quote_in_300_rows.csv": {"rows": 300, "broken": 0},
    "tweets.parquet": EIGHT,
    "array_text_label.json": EIGHT,
    "lines_text_label.jsonl": EIGHT,
    "one_file.zip": {"rows": 4, "labels": {"positive": 4}},
    "one_file.csv.bz2": {"rows": 4, "labels": {"positive": 4}},
    "spreadsheet.xlsx": {"refused": "Excel"},
    "html_login_page.csv": {"refused": "web page"},
    "git_lfs_pointer.csv": {"refused": "git lfs pull"},
    "header_only.csv": {"refused": "header"},
}
WITH_OPTIONS: list[tuple[str, Purpose, FileOptions, Expected]] = [
    (
        "labels_0_1_2.csv",
        Purpose.TRAIN,
        FileOptions.parse(labels="0=negative,1=neutral,2=positive"),
        {"rows": 12, "labels": {"positive": 4, "neutral": 4, "negative": 4}},
    ),
    ("label_1_and_2_only.csv", Purpose.TRAIN, FileOptions.parse(labels="1=negative,2=positive"), EIGHT),
    (
        "stars.csv",
        Purpose.TRAIN,
        FileOptions.parse(labels="1=negative,2=negative,3=neutral,4=positive,5=positive"),
        {"rows": 10, "labels": {"positive": 4, "negative": 4, "neutral": 2}},
    ),
    ("label_words_emotions.csv", Purpose.TRAIN, FileOptions.parse(labels=EMOTIONS), EIGHT),
    (
        "five_classes_other_header.csv",
        Purpose.TRAIN,
        FileOptions.parse(labels="extremely positive=positive,extremely negative=negative"),
        EIGHT,
    ),
    (
        "label_word_irrelevant.csv",
        Purpose.TRAIN,
        FileOptions.parse(labels="irrelevant=skip"),
        {"rows": 12, "said": r"irrelevant \(2\)"},
    ),
    (
        "dates_ambiguous.csv",
        Purpose.REPLAY,
        FileOptions.parse(date_format="%d/%m/%Y %H:%M"),
        {"rows": 4, "times": 4, "time": "2023-02-01T10:00"},
    ),
    (
        "encoding_cp1252.csv",
        Purpose.REPLAY,
        FileOptions.parse(encoding="cp1252"),
        {"rows": 3, "listed": True},
    ),
    (
        "encoding_cp1251.csv",
        Purpose.REPLAY,
        FileOptions.parse(encoding="cp1251"),
        {"rows": 4, "listed": True},
    ),
    (
        "encoding_shift_jis.csv",
        Purpose.REPLAY,
        FileOptions.parse(encoding="shift_jis"),
        {"rows": 3, "listed": True},
    ),
    (
        "encoding_gb18030.csv",
        Purpose.REPLAY,
        FileOptions.parse(encoding="gb18030"),
        {"rows": 3, "listed": True},
    ),
]
EVERY = [
    *((name, Purpose.REPLAY, FileOptions(), expected) for name, expected in REPLAY.items()),
    *((name, Purpose.TRAIN, FileOptions(), expected) for name, expected in TRAIN.items()),
    *WITH_OPTIONS,
]


@pytest.fixture
def cases() -> Path:
    if not CASES.is_dir():
        pytest.skip("needs ../shared/cases")
    return CASES


@pytest.mark.parametrize(
    ("name", "purpose", "options", "expected"), EVERY, ids=[f"{name}-{purpose}" for name, purpose, _, _ in EVERY]
)
def test_what_must_come_of_each_file(
    cases: Path, name: str, purpose: Purpose, options: FileOptions, expected: Expected
) -> None:
    report = inspect(local(cases / name), options, purpose)
    refused = expected.get("refused")
    if "refused_or" in expected and report["refused"] is None:
        assert report["rows"] == expected["refused_or"]
        return
    assert (report["refused"] is None) == (refused is None), report
    if refused is not None:
        assert re.search(refused, report["refused"]), report["refused"]
    for field in ("format", "rows", "broken", "ids", "distinct_ids", "times", "labels"):
        if field in expected:
            assert report[field] == expected[field], (field, report)
    if "said" in expected:
        assert any(re.search(expected["said"], warning) for warning in report["warnings"]), report["warnings"]
    if "columns.text" in expected:
        assert report["columns"]["text"] == expected["columns.text"]
    first = report["sample"][0] if report["sample"] else {}
    if "id" in expected:
        assert first["id"] == expected["id"]
    if "listed" in expected:
        assert first["text"] in (cases / "README.md").read_text()
    if "time" in expected:
        assert first["created_at"].startswith(expected["time"])
    if "ends" in expected:
        assert first["text"].endswith(expected["ends"])
    if "length" in expected:
        assert len(first["text"]) == expected["length"]
    if "begins" in expected:
        assert first["text"].startswith(expected["begins"])
        assert expected["without"] not in first["text"]


def test_the_dates_of_many_forms_are_one_time_each(cases: Path) -> None:
    report = inspect(local(cases / "dates_of_many_forms.csv"), FileOptions(), Purpose.REPLAY)
    listed = re.search(r"dates_of_many_forms\.csv \| replay \|(.*)", (cases / "README.md").read_text())
    assert listed is not None
    wanted = re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", listed[1])
    assert [row["created_at"].replace(".000Z", "Z") for row in report["sample"]] == wanted


def test_no_file_is_left_out(cases: Path) -> None:
    table = re.findall(r"^\| (\S+) (?:\|)", (cases / "README.md").read_text(), re.MULTILINE)
    named = {name for name in table if (cases / name).is_file()}
    assert named == {name for name, *_ in EVERY}
