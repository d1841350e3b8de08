from pathlib import Path

import orjson
import pytest

from producer.record import from_labelled, iso_time
from sentistream.labelled_files import LabelledTweet
from stream_processor.tweet import parse

FILE = Path("folder/tweets.csv")


def test_a_replayed_row_fulfils_the_topics_contract() -> None:
    record = from_labelled(FILE, LabelledTweet(3, "günstig", "positive", "77", "Mon Apr 06 22:19:45 PDT 2009"))
    assert record.key == b"77"
    assert orjson.loads(record.value) == {
        "data": {"id": "77", "text": "günstig", "created_at": "2009-04-07T05:19:45.000Z"}
    }
    assert dict(record.headers) == {
        "schema": b"x.v2.tweet/1",
        "source": b"replay",
        "source_position": b"tweets.csv:3",
        "label": b"positive",
    }


def test_what_is_replayed_can_be_parsed() -> None:
    assert parse(from_labelled(FILE, LabelledTweet(3, "hi", "neutral")).value).text == "hi"


def test_a_row_without_an_id_gets_the_same_one_every_time() -> None:
    first, again, other = (from_labelled(FILE, LabelledTweet(line, "hi", "neutral")) for line in (1, 1, 2))
    assert first == again
    assert first.key != other.key
    assert 0 < int(first.key) < 2**63


@pytest.mark.parametrize("unusable", ["", "abc", "0", "-5", str(2**63), "٣", "9" * 30])
def test_an_unusable_id_is_replaced(unusable: str) -> None:
    key = from_labelled(FILE, LabelledTweet(1, "hi", "neutral", unusable)).key.decode()
    assert key != unusable
    assert 0 < int(key) < 2**63


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        (None, None),
        ("soon", None),
        ("2022-02-06T22:11:18.000Z", "2022-02-06T22:11:18.000Z"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52.000Z"),
    ],
)
def test_dates_are_written_as_x_does(written: str | None, iso: str | None) -> None:
    assert iso_time(written) == iso
