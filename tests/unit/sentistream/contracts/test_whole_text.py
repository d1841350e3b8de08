from sentistream.contracts.whole_text import whole_text

ORIGINAL = {"id": "3", "text": "a text that is cut o…", "note_tweet": {"text": "a text that is cut off nowhere"}}


def test_a_long_posts_text_is_its_note() -> None:
    assert whole_text(ORIGINAL) == "a text that is cut off nowhere"


def test_a_retweets_text_is_the_whole_original_where_it_is_included() -> None:
    retweet = {"text": "RT @you: a text that…", "referenced_tweets": [{"type": "retweeted", "id": "3"}]}
    assert whole_text(retweet, {"tweets": [ORIGINAL]}) == "RT @you: a text that is cut off nowhere"
    for includes in (None, {}, {"tweets": []}, {"tweets": [{"id": "4", "text": "another"}]}, {"tweets": 5}):
        assert whole_text(retweet, includes) == retweet["text"]


def test_whatever_stands_there_text_stays_where_nothing_better_is() -> None:
    for note in (None, 5, {}, {"text": ""}, {"text": 5}):
        assert whole_text({"text": "hi", "note_tweet": note}) == "hi"
    assert whole_text({}) is None
