"""The balance of each partition (invariant 4): read = scored + rejected + duplicates + holes + lost, and the counted rows are there.

The counts are the application transactions of the tables' own commits (docs/contracts.md), so that a running processor is examined exactly: rows
and counts are of one version. They are read here by the contract alone, not by the code that writes them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from deltalake import DeltaTable

from sentistream.errors import UserError
from sentistream.kafka.topic import Range, Topic
from sentistream.lake import transactions
from sentistream.lake.doctor.finding import Finding, Verdict, judged, rows

OFFSET = re.compile(r"(?P<topic>[^/]+)/(?P<topic_id>[^/]+)/(?P<number>\d+)")
ACCOUNTED = "every record accounted for"
SCORED_THERE, REJECTED_THERE = "scored rows are there", "rejected rows are there"
PARTS = ("scored", "rejected", "duplicates", "holes", "lost")
"""What may become of an offset."""
RARE = ("holes", "lost")
"""Named only where there are some."""
COMPLETE = "bronze is complete"
REACHED = "Kafka holds what the tables end with"
SUM_MODULUS = 2**62
"""Bronze's `…/holes_sum` is taken modulo this."""
Partition = tuple[str, int]
"""Topic and number."""


@dataclass(frozen=True)
class OfBroker:
    """The topic as the broker has it, and which offsets of each partition it holds."""

    topic: Topic
    ranges: Mapping[int, Range]


@dataclass(frozen=True)
class Account:
    """What the commits of silver say became of the records of one partition."""

    topic: str
    number: int
    read: int
    became: Mapping[str, int]
    """`PARTS` → records."""

    @property
    def unaccounted(self) -> int:
        """Records of which nothing is said; below 0 where more is said than was read."""
        return self.read - sum(self.became.values())


@dataclass(frozen=True)
class Counted:
    """What the commits of a table say of one partition: by topic id, since a topic may have been re-created under its name."""

    by_id: dict[str, dict[str, int]] = field(default_factory=dict)

    def sum(self, name: str) -> int:
        """A total over all topic ids."""
        return sum(counts.get(name, 0) for counts in self.by_id.values())

    @property
    def read(self) -> int:
        """End offsets minus first offsets."""
        return self.sum("last") + len(self.by_id) - self.sum("first")

    @property
    def only(self) -> dict[str, int] | None:
        """The counts where offsets mean one thing: there was one topic of this name."""
        return next(iter(self.by_id.values())) if len(self.by_id) == 1 else None


def counted(of_table: Mapping[str, int]) -> dict[Partition, Counted]:
    """Transactions of a table → the counts of each partition, `last` its offset."""
    by_partition: dict[Partition, Counted] = defaultdict(Counted)
    for app_id, version in of_table.items():
        place, _, total = app_id.rpartition("/")
        whole = OFFSET.fullmatch(app_id)
        part = whole or OFFSET.fullmatch(place)
        if part is not None:
            of_partition = by_partition[part["topic"], int(part["number"])].by_id.setdefault(part["topic_id"], {})
            of_partition["last" if whole else total] = version
    whole_ones = {
        partition: Counted({topic_id: counts for topic_id, counts in of.by_id.items() if "last" in counts})
        for partition, of in by_partition.items()
    }
    return {partition: of for partition, of in whole_ones.items() if of.by_id}


def accounts(parts: Mapping[Partition, Counted]) -> list[Account]:
    """The balance of each partition, by topic and number."""
    return [
        Account(topic, number, counts.read, {name: counts.sum(name) for name in PARTS})
        for (topic, number), counts in sorted(parts.items())
    ]


def reached(counts: Counted, topic_id: str, first: int) -> int:
    """The last offset that a table has of a partition of this topic; where it has none, the one before `first`, from which on the broker holds it."""
    return counts.by_id.get(topic_id, {"last": first - 1})["last"]


def removed(of_table: Mapping[str, int], topic: str) -> int:
    """Rows of a topic that were removed later, whatever for: each commit that removes some counts them in `<topic>/<why>`."""
    return sum(version for app_id, version in of_table.items() if re.fullmatch(f"{re.escape(topic)}/[a-z_]+", app_id))


def balance(
    scored: DeltaTable, rejected: DeltaTable | None, raw: DeltaTable | None, held: OfBroker | UserError | None
) -> Iterator[Finding]:
    """Examine each partition that the scored table or bronze has; `scored` was opened first, since the others may be ahead of it."""
    in_scored = transactions.of(scored)
    parts = counted(in_scored)
    there = {
        (row["topic"], row["partition"]): row["n"]
        for row in rows("SELECT topic, partition, count(*) AS n FROM t GROUP BY topic, partition", t=scored)
    }
    for each in accounts(parts):
        words = " + ".join(f"{count:,} {name}" for name, count in each.became.items() if count or name not in RARE)
        subject, found = f"{each.topic}/{each.number}", f"{each.read:,} read = {words}"
        yield judged(ACCOUNTED, subject, each.unaccounted != 0, found)
    if rejected is not None:
        yield from _rejected(parts, rejected)
    for topic in sorted({topic for topic, _ in parts}):
        expected = sum(counts.sum("scored") for (name, _), counts in parts.items() if name == topic)
        gone = removed(in_scored, topic)
        held_rows = sum(count for (name, _), count in there.items() if name == topic)
        words = f"{held_rows:,} rows, {expected:,} were scored, {gone:,} removed later"
        too_many = any(count > parts.get((name, n), Counted()).sum("scored") for (name, n), count in there.items())
        yield judged(SCORED_THERE, topic, held_rows != expected - gone or too_many, words)
    copied = counted(transactions.of(raw)) if raw is not None else {}
    if raw is None:
        yield Finding(COMPLETE, "bronze/raw_tweets", Verdict.SKIPPED, "there is no such table")
    else:
        for (topic, number), counts in sorted(copied.items()):
            yield _complete(topic, number, counts, raw)
    yield from _reached(parts, copied, held)


def _rejected(parts: Mapping[Partition, Counted], table: DeltaTable) -> Iterator[Finding]:
    """The rejected table commits first, so it may be ahead of the scored one, never behind; what was removed is counted by topic."""
    in_rejected = transactions.of(table)
    reached = counted(in_rejected)
    there: dict[str, int] = defaultdict(int)
    inexact: set[str] = set()
    too_many: set[str] = set()
    for (topic, number), counts in sorted(parts.items()):
        where = f"topic = '{topic}' AND partition = {number}"
        if counts.only is not None:
            where += f" AND offset <= {counts.only['last']}"
        elif _is_ahead(reached.get((topic, number), Counted()), counts):
            # Whose the rows beyond are, an offset does not say.
            inexact.add(topic)
        [row] = rows(f"SELECT count(*) AS n FROM t WHERE {where}", t=table)  # noqa: S608 - topic names hold no quote
        there[topic] += row["n"]
        if topic not in inexact and row["n"] > counts.sum("rejected"):
            too_many.add(topic)
    for topic, held_rows in sorted(there.items()):
        of_topic = [counts for (name, _), counts in parts.items() if name == topic]
        # Forgotten rows are emptied and stay; those of retired days are gone.
        expected, gone = sum(counts.sum("rejected") for counts in of_topic), in_rejected.get(f"{topic}/retired", 0)
        broken = held_rows < expected - gone if topic in inexact else held_rows != expected - gone
        words = f"{held_rows:,} rows, {expected:,} were rejected, {gone:,} removed later"
        yield judged(REJECTED_THERE, topic, broken or topic in too_many, words)


def _is_ahead(table: Counted, of: Counted) -> bool:
    """True where a table has come further in one of the topics of a name."""
    return any(
        topic_id not in of.by_id or counts["last"] > of.by_id[topic_id]["last"]
        for topic_id, counts in table.by_id.items()
    )


def _complete(topic: str, number: int, counts: Counted, table: DeltaTable) -> Finding:
    """Every offset from the first to the last, once, but for the holes: their number and their sum; once for each topic of this name that had it."""
    spans = [(each["first"], each["last"] + 1) for each in counts.by_id.values()]
    borders = sorted({border for span in spans for border in span})
    holes = counts.sum("holes")
    broken, there, expected, missing = False, 0, 0, 0
    for begin, end in pairwise(borders):
        times = sum(first <= begin and end <= last for first, last in spans)
        [row] = rows(
            f"SELECT count(*) AS n, sum(CAST(offset AS DECIMAL(20, 0))) AS total FROM t "  # noqa: S608 - topic names hold no quote
            f"WHERE topic = '{topic}' AND partition = {number} AND offset >= {begin} AND offset < {end}",
            t=table,
        )
        count, total = times * (end - begin), times * (begin + end - 1) * (end - begin) // 2
        # Before its first offset, a topic that was re-created may have left rows that nobody counts on.
        missing += max(0, count - row["n"])
        if len(spans) == 1:
            without_row = total - int(row["total"] or 0)
            broken = row["n"] + holes != count or without_row % SUM_MODULUS != counts.sum("holes_sum")
        there, expected = there + row["n"], expected + count
    words = ", ".join(f"{first:,} to {last - 1:,}" for first, last in spans)
    found = f"{there:,} of {expected - holes:,} records from offset {words}"
    if holes:
        found += f", {holes:,} offsets hold none"
    return judged(COMPLETE, f"{topic}/{number}", broken or missing > holes, found)


def _reached(
    parts: Mapping[Partition, Counted], copied: Mapping[Partition, Counted], held: OfBroker | UserError | None
) -> Iterator[Finding]:
    """Offsets mean the same in the tables and in Kafka where the topic's id is the same."""
    if isinstance(held, UserError):
        yield Finding(REACHED, "Kafka", Verdict.SKIPPED, str(held))
        return
    if held is None:
        yield Finding(REACHED, "Kafka", Verdict.SKIPPED, "no broker answers (KAFKA_BOOTSTRAP_SERVERS)")
        return
    name, topic_id = held.topic.name, held.topic.topic_id
    tables = {"scored": _by_number(parts, name), "copied": _by_number(copied, name)}
    read = {what: {each for counts in table.values() for each in counts.by_id} for what, table in tables.items()}
    for number, of_broker in sorted(held.ranges.items()):
        broken, words = False, [f"ends at {of_broker.end:,}"]
        for what in (what for what, ids in read.items() if ids):
            last = reached(tables[what].get(number, Counted()), topic_id, of_broker.first)
            broken |= topic_id not in read[what] or last >= of_broker.end
            words.append(f"{of_broker.end - last - 1:,} to be {what}")
            if topic_id not in read[what]:
                words[-1] += " of a re-created topic (--accept-new-topic)"
        yield judged(REACHED, f"{name}/{number}", broken, ", ".join(words))


def _by_number(parts: Mapping[Partition, Counted], topic: str) -> dict[int, Counted]:
    return {number: counts for (name, number), counts in parts.items() if name == topic}
