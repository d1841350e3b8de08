"""Tweets as the APIs wrote them over the years → the v2 filtered-stream object that the topic's contract asks for.

Forms: v2 with or without its envelope, v1.1 statuses (extended text, retweets, quotes), Activity Streams.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from producer.record import iso_time, usable_id

NO_TWEETS = frozenset(
    (
        "delete",
        "scrub_geo",
        "limit",
        "status_withheld",
        "user_withheld",
        "disconnect",
        "warning",
        "event",
        "info",
        "errors",
    )
)
"""Keys of messages that streams send beside tweets."""
METRICS = {
    "retweet_count": "retweet_count",
    "reply_count": "reply_count",
    "favorite_count": "like_count",
    "quote_count": "quote_count",
}
"""v1.1's counters and what v2 calls them."""
Json = dict[str, Any]


class UnusableTweetError(Exception):
    """An object that is no tweet of a known form, or lacks what a tweet needs."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A tweet's id, its v2 object as bytes, and when it was written, as the object says it."""

    tweet_id: str
    value: bytes
    created_at: str | None


def convert(found: Json, raw: bytes | None = None) -> Converted | None:
    """One object as its v2 form; None for a message that is no tweet. A v2 object's own bytes, if given, are kept.

    Raises:
        UnusableTweetError: it has no known form, no usable id or no text.
    """
    data = found.get("data")
    if isinstance(data, dict):
        return _complete(data, raw if raw is not None else orjson.dumps(found))
    if "actor" in found and "verb" in found:
        return _written(_from_activity(found))
    if "id_str" in found or ("user" in found and "id" in found):
        return _written(_from_status(found))
    if "id" in found and "text" in found:
        return _complete(found, b'{"data":%b}' % (raw if raw is not None else orjson.dumps(found)))
    if NO_TWEETS & found.keys():
        return None
    raise UnusableTweetError("an object of no known form: neither v2, nor v1.1, nor Activity Streams")


def with_id(converted: Converted, tweet_id: str) -> Converted:
    """The same tweet under another id."""
    found = orjson.loads(converted.value)
    found["data"]["id"] = tweet_id
    return Converted(tweet_id, orjson.dumps(found), converted.created_at)


def _written(found: Json) -> Converted:
    return _complete(found["data"], orjson.dumps(found))


def _complete(data: Json, value: bytes) -> Converted:
    tweet_id, text, created_at = data.get("id"), data.get("text"), data.get("created_at")
    if not isinstance(tweet_id, str) or usable_id(tweet_id) != tweet_id:
        raise UnusableTweetError(f"the id {str(tweet_id)[:40]!r} is no tweet's")
    if not isinstance(text, str) or not text.strip():
        raise UnusableTweetError("the text is missing or empty")
    return Converted(tweet_id, value, created_at if isinstance(created_at, str) else None)


def _from_status(status: Json) -> Json:
    data: Json = {"id": str(status.get("id_str") or status.get("id")), "text": _status_text(status)}
    user = _object(status, "user")
    data |= _known(
        created_at=iso_time(status.get("created_at")),
        author_id=_text(user.get("id_str") or user.get("id")),
        lang=_text(status.get("lang")),
        in_reply_to_user_id=_text(status.get("in_reply_to_user_id_str")),
    )
    counted = {new: status[old] for old, new in METRICS.items() if isinstance(status.get(old), int)}
    if counted:
        data["public_metrics"] = counted
    _refer(
        data,
        retweeted=_object(status, "retweeted_status").get("id_str"),
        quoted=status.get("quoted_status_id_str"),
        replied_to=status.get("in_reply_to_status_id_str"),
    )
    return _with_rules(data, status.get("matching_rules"))


def _status_text(status: Json) -> Any:
    original = _object(status, "retweeted_status")
    return _retweet(_object(original, "user").get("screen_name"), _own_status_text(original)) or _own_status_text(
        status
    )


def _own_status_text(status: Json) -> Any:
    return _object(status, "extended_tweet").get("full_text") or status.get("full_text") or status.get("text")


def _retweet(name: Any, text: Any) -> str | None:
    """A retweet's own text is cut; v2 writes it the same way, with the whole original here."""
    return f"RT @{name}: {text}" if name and text and isinstance(name, str) and isinstance(text, str) else None


def _from_activity(activity: Json) -> Json:
    data: Json = {"id": _last(activity.get("id")), "text": _activity_text(activity)}
    data |= _known(
        created_at=iso_time(activity.get("postedTime")),
        author_id=_last(_object(activity, "actor").get("id")),
        lang=_text(activity.get("twitter_lang")),
    )
    shared = _last(_object(activity, "object").get("id")) if activity["verb"] == "share" else None
    replied = _object(activity, "inReplyTo").get("link")
    _refer(
        data,
        retweeted=shared,
        quoted=_last(_object(activity, "twitter_quoted_status").get("id")),
        replied_to=replied.rpartition("/")[2] if isinstance(replied, str) else None,
    )
    return _with_rules(data, _object(activity, "gnip").get("matching_rules"))


def _activity_text(activity: Json) -> Any:
    original = _object(activity, "object") if activity["verb"] == "share" else {}
    return _retweet(_object(original, "actor").get("preferredUsername"), _own_text(original)) or _own_text(activity)


def _own_text(activity: Json) -> Any:
    return _object(activity, "long_object").get("body") or activity.get("body")


def _with_rules(data: Json, rules: Any) -> Json:
    """The enterprise streams name the rule by its tag and may lack an id."""
    tagged = [
        {"id": str(rule.get("id") or rule["tag"]), "tag": str(rule["tag"])}
        for rule in (rules if isinstance(rules, list) else ())
        if isinstance(rule, dict) and rule.get("tag")
    ]
    return {"data": data, "matching_rules": tagged} if tagged else {"data": data}


def _refer(data: Json, **ids: str | None) -> None:
    found = [{"type": kind, "id": str(tweet_id)} for kind, tweet_id in ids.items() if tweet_id]
    if found:
        data["referenced_tweets"] = found


def _known(**values: Any) -> Json:
    return {name: value for name, value in values.items() if value is not None}


def _object(parent: Json, name: str) -> Json:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) else None


def _last(identifier: Any) -> str | None:
    """`tag:search.twitter.com,2005:887…` → `887…`."""
    return identifier.rpartition(":")[2] if isinstance(identifier, str) else None
