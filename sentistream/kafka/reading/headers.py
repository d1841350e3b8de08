"""The headers of librdkafka's messages."""

import structlog
from confluent_kafka import Message

log = structlog.get_logger()


def named(message: Message) -> dict[str, bytes | None]:
    """Name → value; of a header that is there twice, the last."""
    try:
        headers = message.headers()
    except UnicodeDecodeError:
        # confluent-kafka can't tell such a name, and Kafka's protocol allows none.
        log.warning(
            "a record's headers are left out: a name is no UTF-8",
            partition=message.partition(),
            offset=message.offset(),
        )
        return {}
    return {name: _bytes(value) for name, value in dict(headers or ()).items()}


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
