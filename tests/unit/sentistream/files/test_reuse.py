import pytest

from sentistream.files.reuse import same_tweet


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("salt &amp; pepper", "salt & pepper"),
        ("see https://t.co/a", "see  https://t.co/b now"[:20]),
        ("a text that is cut o…", "a text that is cut off"),
        ("it\\u2019s warm", "it’s warm"),
        ('"warm and sunny"', "warm and sunny"),
        ("☀", " ☀"),
    ],
)
def test_two_forms_of_one_tweet_are_the_same(one: str, other: str) -> None:
    assert same_tweet(one, other)
    assert same_tweet(other, one)


@pytest.mark.parametrize(("one", "other"), [("warm sun", "cold rain"), ("a", "a warm sun"), ("☀", "☔"), ("☀", "warm")])
def test_two_tweets_are_not(one: str, other: str) -> None:
    assert not same_tweet(one, other)
