"""The probe's sentences as Kafka records, so that a placement is tried on its whole way."""

import orjson
import pyarrow as pa

from sentistream.contracts.tweet_text import MAX_TEXT_CHARACTERS
from sentistream.scoring import probe
from stream_processor.stream.parsing.parse import HEADERS, TIMESTAMP


def records() -> pa.Table:
    """The sentences with the columns of `source.read`; the offset says which is which."""
    values = [orjson.dumps({"data": {"id": str(number), "text": text}}) for number, text in enumerate(probe.TEXTS, 1)]
    rows = len(values)
    return pa.table(
        {
            "topic": ["probe"] * rows,
            "partition": pa.array([0] * rows, pa.int32()),
            "offset": range(rows),
            "timestamp": pa.array([0] * rows, TIMESTAMP),
            "key": pa.nulls(rows, pa.binary()),
            "headers": pa.nulls(rows, HEADERS),
            "value": values,
            "value_bytes": pa.array([len(value) for value in values], pa.int32()),
        }
    )


def long_texts() -> pa.Table:
    """Texts as long as a tweet's may be, column text."""
    parts = (" ".join(probe.TEXTS) + " ", "a", "ab", " ")
    return pa.table({"text": [(part * MAX_TEXT_CHARACTERS)[:MAX_TEXT_CHARACTERS] for part in parts]})
