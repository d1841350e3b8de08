from typing import Any

import orjson
import pytest

from sentistream.files.json.conversion import UnusableTweetError, convert
from stream_processor.stream.parsing.tweet import parse

STATUS: dict[str, Any] = {
    "id": 7,
    "id_str": "7",
    "text": "cut …",
    "user": {"id_str": "5", "screen_name": "me"},
    "created_at": "Sun Aug 31 00:29:15 +0000 2014",
    "lang": "ja",
    "retweet_count": 2,
    "favorite_count": 3,
}
ACTIVITY: dict[str, Any] = {
    "id": "tag:search.twitter.com,2005:7",
    "verb": "post",
    "actor": {"id": "id:twitter.com:5", "preferredUsername": "me"},
    "body": "cut …",
    "postedTime": "2014-08-31T00:29:15.000Z",
    "twitter_lang": "ja",
}


def data(found: dict[str, Any]) -> dict[str, Any]:
    converted = convert(found)
    assert converted is not None
    parse(converted.value)
    return orjson.loads(converted.value)["data"]  # type: ignore[no-any-return]


def test_a_v2_objects_own_bytes_are_kept() -> None:
    enveloped = b'{ "data": {"id":"7", "text":"hi"}, "matching_rules": []}'
    converted = convert(orjson.loads(enveloped), enveloped)
    assert converted is not None
    assert (converted.tweet_id, converted.value) == ("7", enveloped)
    bare = b'{"id":"7", "text":"hi", "created_at": "2022-02-06T22:11:18.000Z"}'
    converted = convert(orjson.loads(bare), bare)
    assert converted is not None
    assert converted.value == b'{"data":%b}' % bare
    assert converted.created_at == "2022-02-06T22:11:18.000Z"


@pytest.mark.parametrize("found", [STATUS, ACTIVITY])
def test_older_forms_become_the_same_v2_object(found: dict[str, Any]) -> None:
    expected = {"id": "7", "text": "cut …", "author_id": "5", "lang": "ja", "created_at": "2014-08-31T00:29:15.000Z"}
    assert expected.items() <= data(found).items()


def test_the_whole_text_is_taken_where_a_tweet_has_more() -> None:
    for more in ({"extended_tweet": {"full_text": "whole"}}, {"full_text": "whole"}):
        assert data(STATUS | more)["text"] == "whole"
    assert data(ACTIVITY | {"long_object": {"body": "whole"}})["text"] == "whole"


def test_a_retweet_has_the_originals_whole_text() -> None:
    original = STATUS | {"id_str": "3", "extended_tweet": {"full_text": "whole"}, "user": {"screen_name": "you"}}
    found = data(STATUS | {"retweeted_status": original})
    assert found["text"] == "RT @you: whole"
    assert found["referenced_tweets"] == [{"type": "retweeted", "id": "3"}]
    shared = ACTIVITY | {"id": "tag:x:3", "body": "whole", "actor": {"preferredUsername": "you"}}
    assert data(ACTIVITY | {"verb": "share", "object": shared})["text"] == "RT @you: whole"


def test_a_retweet_without_its_original_keeps_its_own_text() -> None:
    for original in (
        {"id_str": "3"},
        {"id_str": "3", "text": "hi", "user": {"id": 5}},
        {"user": {"screen_name": "you"}},
    ):
        assert data(STATUS | {"retweeted_status": original})["text"] == "cut …"
    assert data(ACTIVITY | {"verb": "share", "object": {"body": "whole"}})["text"] == "cut …"


def test_a_quoted_tweet_and_an_answered_one_are_referred_to() -> None:
    found = data(STATUS | {"quoted_status_id_str": "2", "in_reply_to_status_id_str": "1"})
    assert found["referenced_tweets"] == [{"type": "quoted", "id": "2"}, {"type": "replied_to", "id": "1"}]


def test_an_enterprise_streams_rules_are_kept() -> None:
    converted = convert(ACTIVITY | {"gnip": {"matching_rules": [{"tag": "trains"}, {"value": "x"}]}})
    assert converted is not None
    assert parse(converted.value).rules == ["trains"]


@pytest.mark.parametrize("message", [{"delete": {"status": {"id_str": "7"}}}, {"info": {}}, {"errors": []}])
def test_a_message_that_is_no_tweet_is_told_apart(message: dict[str, Any]) -> None:
    assert convert(message) is None


@pytest.mark.parametrize(
    "unusable",
    [
        {},
        {"data": {"id": 7, "text": "hi"}},
        {"data": {"id": "07", "text": "hi"}},
        {"id": "7", "text": " "},
        STATUS | {"text": None},
        STATUS | {"id_str": "x"},
        ACTIVITY | {"id": None},
    ],
)
def test_an_unusable_object_says_why(unusable: dict[str, Any]) -> None:
    with pytest.raises(UnusableTweetError, match=r"the id|the text|no known form"):
        convert(unusable)
