"""The contract of the Kafka topic `tweets` (docs/contracts.md): headers, sizes, the topic's settings."""

from datetime import timedelta

SCHEMA_HEADER, SOURCE_HEADER, POSITION_HEADER, LABEL_HEADER = "schema", "source", "source_position", "label"
READING_HEADER = "source_reading"
"""How a replayed file was read, with the fingerprint of its beginning: a resumed replay goes on in the same way."""
SCHEMA = "x.v2.tweet/1"
SOURCES = ("live", "replay", "synthetic")

LARGEST_ID = 2**63 - 1
"""Ids of tweets and of their authors are numbers from 1 to this."""
MOST_AHEAD = timedelta(days=1)
"""A tweet that is dated later than this after its Kafka time does not say when it was written."""
MAX_RECORD_BYTES = 1024 * 1024
"""The largest value that is accepted as a tweet."""
MAX_MESSAGE_BYTES = 2 * MAX_RECORD_BYTES
"""What the broker takes: an oversized record still arrives, so that it can be rejected with its bytes."""
TOPIC_CONFIG = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": str(MAX_MESSAGE_BYTES)}


def decimal_id(written: str | bytes) -> int | None:
    """An id as JSON or a record's key has it, in decimal digits; None for what is none."""
    number = int(written) if written.isascii() and written.isdigit() and len(written) <= 19 else 0
    return number if 0 < number <= LARGEST_ID else None
