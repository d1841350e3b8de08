"""Posts for the stand-in: a recorded stream where it is on the machine, invented ones where not."""

from pathlib import Path

import orjson

RECORDED = Path("twitter_api") / "v2_filtered_stream_sample.jsonl"


def recorded(shared: Path) -> list[bytes]:
    """The recorded events' own bytes; none where they are not on this machine."""
    file = shared / RECORDED
    return file.read_bytes().splitlines() if file.is_file() else []


def invented(number: int, first_id: int = 1_900_000_000_000_000_000) -> list[bytes]:
    """Events with every field that the live source asks for; spaces and escapes as no serializer of ours would write them."""
    return [_event(first_id + position, position) for position in range(number)]


def _event(post_id: int, position: int) -> bytes:
    event = {
        "data": {
            "author_id": str(70_000 + position % 7),
            "created_at": "2026-03-01T12:00:00.000Z",
            "edit_history_tweet_ids": [str(post_id)],
            "id": str(post_id),
            "lang": "en",
            "public_metrics": {
                "retweet_count": 0,
                "reply_count": 1,
                "like_count": position,
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": 12,
            },
            "text": f"Invented post {position}:\nno bird was heard \N{BIRD}\u2028of",
        },
        "matching_rules": [{"id": "1166916266197536768", "tag": "sentistream:birds"}],
    }
    if position % 3 == 0:
        event["data"]["referenced_tweets"] = [{"type": "quoted", "id": str(post_id - 1000)}]  # type: ignore[index]  # a literal
    return orjson.dumps(event).replace(b'{"data":', b'{ "data" : ', 1).replace(b"bird was", rb"\u0062ird was", 1)
