"""The offsets from which a start resumes: the table's against those that the broker still has. Data loss is never silent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sentistream.errors import UserError
from sentistream.kafka.topic import Range, Topic
from stream_processor.offsets.ledger import Tally

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any record: the window is then read from the whole table."""


@dataclass(frozen=True)
class Acceptance:
    """What the user allows where a start would otherwise stop."""

    new_topic: bool = False
    data_loss: bool = False


@dataclass(frozen=True)
class Resume:
    """The first offset to read of each partition, and the earliest Kafka time that a record to come may have."""

    offsets: Mapping[int, int]
    earliest: datetime
    accepted_loss: Mapping[int, int] = field(default_factory=dict)
    """Records of each partition that the broker no longer has and whose loss was accepted."""
    accepted_at: datetime | None = None
    """When the topic was accepted in the place of one with another id: what that one held may come again, with new Kafka times."""


def plan(
    topic: Topic,
    held: Mapping[int, Range],
    totals: Mapping[int, Tally],
    *,
    another_topic: bool,
    accept_new_topic: bool,
    accept_data_loss: bool,
    accepted_at: datetime | None = None,
) -> Resume:
    """Resume each partition after the last offset that the table holds, a new one at the broker's first.

    Raises:
        UserError: the topic was re-created, or offsets are outside the broker's range; says what was found and which
            option continues.
    """
    if another_topic and not accept_new_topic:
        raise recreated(topic.name)
    offsets = {
        number: _next_offset(topic, number, held[number], totals.get(number), accept_data_loss) for number in held
    }
    lost = {number: offsets[number] - tally.last - 1 for number, tally in totals.items() if number in offsets}
    accepted_loss = {number: count for number, count in lost.items() if count}
    return Resume(offsets, _earliest(held, totals), accepted_loss, datetime.now(UTC) if another_topic else accepted_at)


def recreated(name: str) -> UserError:
    """What to say of a topic that has another id than the one that the table was written from."""
    return UserError(
        f"The topic {name} was re-created: the table was written from one with another id, whose offsets mean something "
        "else. --accept-new-topic reads the new one from its beginning; what the old one still held is lost."
    )


def _next_offset(topic: Topic, number: int, held: Range, tally: Tally | None, accept_data_loss: bool) -> int:
    if tally is None:
        return held.first
    following = tally.last + 1
    if following > held.end:
        raise UserError(
            f"The table holds {topic.name} partition {number} up to offset {tally.last}, the broker ends at {held.end - 1}: the "
            "broker has lost records that were already scored, and would give their offsets to others. Nothing here is "
            "lost; publish to another topic (KAFKA_TOPIC) to go on."
        )
    if following < held.first and not accept_data_loss:
        raise UserError(
            f"{held.first - following} records of {topic.name} partition {number} are gone: the table ends at offset "
            f"{tally.last}, the broker begins at {held.first} (retention passed). --accept-data-loss goes on there and "
            "counts them as lost."
        )
    return max(following, held.first)


def _earliest(held: Mapping[int, Range], totals: Mapping[int, Tally]) -> datetime:
    """No record to come is older than the last one read of a partition that has more.

    A caught-up partition's records are new. One that the table has never read may hold records of any age.
    """
    if totals and any(held[number].end > held[number].first for number in held.keys() - totals.keys()):
        return OLDEST
    behind = [tally.time_ms for number, tally in totals.items() if number in held and tally.last + 1 < held[number].end]
    return datetime.fromtimestamp(min(behind) / 1000, UTC) if behind else datetime.now(UTC)
