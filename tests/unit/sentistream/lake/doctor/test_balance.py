"""The balance of tables that hold one topic's rows after another's of the same name."""

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from sentistream.kafka.topic import Range, Topic
from sentistream.lake import transactions
from sentistream.lake.doctor.balance import (
    COMPLETE,
    REACHED,
    REJECTED_THERE,
    OfBroker,
    accounts,
    balance,
    counted,
)
from sentistream.lake.doctor.finding import Finding, Verdict

OLD, NEW = "old-id", "new-id"


class Tables:
    """Scored, rejected and raw rows at given offsets of partition 0, with the transactions that count them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("scored", "rejected", "raw"):
            self.add(name, [], {})

    def add(self, name: str, offsets: list[int], transactions: dict[str, int]) -> None:
        rows = pa.table(
            {
                "topic": pa.array(["tweets"] * len(offsets), pa.string()),
                "partition": pa.array([0] * len(offsets), pa.int32()),
                "offset": pa.array(offsets, pa.int64()),
            }
        )
        said = [Transaction(f"tweets/{app_id}", version) for app_id, version in transactions.items()]
        write_deltalake(
            str(self._folder / name), rows, mode="append", commit_properties=CommitProperties(app_transactions=said)
        )

    def read(self, topic_id: str, scored: range, rejected: range = range(0)) -> None:
        """Read a topic from its beginning: first the tweets, then the rejects."""
        last = {f"{topic_id}/0": len(scored) + len(rejected) - 1}
        totals = {"first": 0, "scored": len(scored), "rejected": len(rejected), "duplicates": 0, "lost": 0}
        if rejected:
            self.add("rejected", list(rejected), last)
        self.add("scored", list(scored), last | {f"{topic_id}/0/{name}": count for name, count in totals.items()})

    def findings(self, promise: str, broker: OfBroker | None = None) -> list[Finding]:
        tables = (DeltaTable(str(self._folder / name)) for name in ("scored", "rejected", "raw"))
        return [each for each in balance(*tables, broker) if each.promise == promise]


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(tmp_path)


def broker(topic_id: str, **ends: int) -> OfBroker:
    ranges = {int(number[1:]): Range(0, end) for number, end in ends.items()}
    return OfBroker(Topic("tweets", topic_id, tuple(ranges)), ranges)


def test_what_is_still_to_be_read_is_counted_of_the_topic_that_is_there(tables: Tables) -> None:
    tables.read(OLD, range(0, 400))
    tables.read(NEW, range(0, 50))
    first, second = tables.findings(REACHED, broker(NEW, p0=64, p1=7))
    assert (first.verdict, first.found) == (Verdict.KEPT, "ends at 64, 14 to be scored")
    # Nothing of this partition was read yet.
    assert (second.verdict, second.found) == (Verdict.KEPT, "ends at 7, 7 to be scored")


@pytest.mark.parametrize("end", [64, 4000])
def test_a_recreated_topic_that_nobody_has_accepted_is_found_whatever_its_size(tables: Tables, end: int) -> None:
    tables.read(OLD, range(0, 400))
    [found] = tables.findings(REACHED, broker(NEW, p0=end))
    assert found.verdict is Verdict.BROKEN
    assert f"{end:,} to be scored of a re-created topic (--accept-new-topic)" in found.found


def test_rejected_rows_of_each_topic_are_missed_and_found_too_many(tables: Tables) -> None:
    tables.read(OLD, range(0, 10), rejected=range(10, 14))
    tables.read(NEW, range(0, 5), rejected=range(5, 7))
    [found] = tables.findings(REJECTED_THERE)
    assert (found.verdict, found.found) == (Verdict.KEPT, "6 rows, 6 were rejected, 0 removed later")
    tables.add("rejected", [5], {})
    assert tables.findings(REJECTED_THERE)[0].verdict is Verdict.BROKEN


def test_rejected_rows_that_are_ahead_are_not_too_many(tables: Tables) -> None:
    tables.read(OLD, range(0, 10), rejected=range(10, 14))
    tables.read(NEW, range(0, 5))
    # The processor died between the two commits.
    tables.add("rejected", [5, 6], {f"{NEW}/0": 6})
    assert tables.findings(REJECTED_THERE)[0].verdict is Verdict.KEPT


def test_bronze_is_examined_for_each_topic_of_a_name(tables: Tables) -> None:
    tables.read(OLD, range(0, 1))
    for topic_id, length in ((OLD, 10), (NEW, 4)):
        tables.add("raw", list(range(length)), {f"{topic_id}/0/first": 0, f"{topic_id}/0": length - 1})
    [found] = tables.findings(COMPLETE)
    assert (found.verdict, found.found) == (Verdict.KEPT, "14 of 14 records from offset 0 to 9, 0 to 3")
    DeltaTable(str(tables._folder / "raw")).delete("offset = 2")
    [found] = tables.findings(COMPLETE)
    assert (found.verdict, found.found) == (Verdict.BROKEN, "12 of 14 records from offset 0 to 9, 0 to 3")


def test_each_partition_has_its_account(tables: Tables) -> None:
    tables.read(OLD, range(0, 10), rejected=range(10, 14))
    [account] = accounts(counted(transactions.of(DeltaTable(str(tables._folder / "scored")))))
    assert (account.topic, account.number, account.read, account.unaccounted) == ("tweets", 0, 14, 0)
    assert account.became == {"scored": 10, "rejected": 4, "duplicates": 0, "holes": 0, "lost": 0}
    tables.add("scored", [], {f"{OLD}/0/duplicates": 3})
    [account] = accounts(counted(transactions.of(DeltaTable(str(tables._folder / "scored")))))
    assert account.unaccounted == -3
