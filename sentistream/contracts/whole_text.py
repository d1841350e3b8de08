"""The whole text of a v2 post: X cuts `text` at some 275 characters, and a retweet's at 140, and gives the rest elsewhere."""

import re
from collections.abc import Mapping
from typing import Any

RETWEET = re.compile(r"RT @\w+: ")


def whole_text(data: Mapping[str, Any], includes: object = None) -> Any:
    """A post's whole text: its `note_tweet`'s; a retweet's with its original's, where the answer includes it; else `text` as it is."""
    note = data.get("note_tweet")
    if isinstance(note, dict) and isinstance(note.get("text"), str) and note["text"].strip():
        return note["text"]
    text = data.get("text")
    if isinstance(includes, dict) and isinstance(text, str) and (begins := RETWEET.match(text)):
        original = _retweeted(data, includes)
        whole = whole_text(original) if original is not None else None
        if isinstance(whole, str) and len(begins[0]) + len(whole) >= len(text):
            return begins[0] + whole
    return text


def _retweeted(data: Mapping[str, Any], includes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    references, posts = data.get("referenced_tweets"), includes.get("tweets")
    if not isinstance(references, list) or not isinstance(posts, list):
        return None
    ids = [each.get("id") for each in references if isinstance(each, dict) and each.get("type") == "retweeted"]
    return next((post for post in posts if isinstance(post, dict) and ids and post.get("id") == ids[0]), None)
