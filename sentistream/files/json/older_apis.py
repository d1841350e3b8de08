"""The objects of X's older APIs → records of API v2: v1.1 statuses (extended text, retweets, quotes) and Activity Streams."""

from typing import Any

from sentistream.contracts.whole_text import whole_text
from sentistream.files.written_dates import iso_time

METRICS = {
    "retweet_count": "retweet_count",
    "reply_count": "reply_count",
    "favorite_count": "like_count",
    "quote_count": "quote_count",
}
"""v1.1's counters and what v2 calls them."""
Json = dict[str, Any]


def from_status(status: Json) -> Json:
    """A v1.1 status → its v2 record: data, and the rules that matched."""
    data: Json = {"id": str(status.get("id_str") or status.get("id")), "text": _status_text(status)}
    user = _object(status, "user")
    data |= known(
        created_at=iso_time(status.get("created_at")),
        author_id=written(user.get("id_str") or user.get("id")),
        lang=written(status.get("lang")),
        in_reply_to_user_id=written(status.get("in_reply_to_user_id_str")),
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
    extended = _object(status, "extended_tweet").get("full_text") or status.get("full_text") or status.get("text")
    return whole_text({"text": extended, "note_tweet": _object(status, "note_tweet")})


def _retweet(name: Any, text: Any) -> str | None:
    """A retweet's own text is cut; v2 writes it the same way, with the whole original here."""
    return f"RT @{name}: {text}" if name and text and isinstance(name, str) and isinstance(text, str) else None


def from_activity(activity: Json) -> Json:
    """An activity of the enterprise streams → its v2 record: data, and the rules that matched."""
    data: Json = {"id": _last(activity.get("id")), "text": _activity_text(activity)}
    data |= known(
        created_at=iso_time(activity.get("postedTime")),
        author_id=_last(_object(activity, "actor").get("id")),
        lang=written(activity.get("twitter_lang")),
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
    references = [{"type": kind, "id": str(tweet_id)} for kind, tweet_id in ids.items() if tweet_id]
    if references:
        data["referenced_tweets"] = references


def known(**values: Any) -> Json:
    """Those of the values that are there."""
    return {name: value for name, value in values.items() if value is not None}


def _object(parent: Json, name: str) -> Json:
    child = parent.get(name)
    return child if isinstance(child, dict) else {}


def written(value: Any) -> str | None:
    """A text, or an integer as a text; None for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _last(identifier: Any) -> str | None:
    """`tag:search.twitter.com,2005:887…` → `887…`."""
    return identifier.rpartition(":")[2] if isinstance(identifier, str) else None
