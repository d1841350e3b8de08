"""The sink beside another program that changes what the tables are, while it runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.tables import REJECTED, SCORED, TABLES, Table
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.foreign_hands import Fields, commit, mapped, metadata, named, protocol
from tests.support.lake_rows import BAD, TOPIC, batch, column, empty_lake, tweet


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return empty_lake(tmp_path)


def mine(fields: Fields) -> None:
    fields.insert(2, {"name": "mine", "type": "date", "nullable": True, "metadata": {}})


def renamed(fields: Fields) -> None:
    mapped(fields)
    named(fields, "author_id")["name"] = "author"


def dropped(fields: Fields) -> None:
    mapped(fields)
    fields.remove(named(fields, "author_id"))


def test_a_column_that_somebody_adds_while_it_streams_is_null_in_what_follows(lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1), BAD]))
    for table in TABLES:
        commit(lake, table, metadata(lake, table, mine))
    sink.append(batch([tweet(2), BAD], start=2))
    assert column(lake, SCORED, "tweet_id") == [1, 2]
    for table in TABLES:
        assert lake.require(table).to_pyarrow_table(columns=["mine"])["mine"].to_pylist() == [None, None]
    assert sink.totals[0].scored == 2


@pytest.mark.parametrize("kind", ["string", "date"])
def test_a_column_of_somebodys_own_is_null_whatever_it_is_called(lake: Lake, kind: str) -> None:
    def added(table: Table) -> Callable[[Fields], None]:
        names = {"text", "lang", "key", "value", "headers", "is_duplicate"} - {
            field.name for field in lake.require(table).schema().fields
        }
        return lambda fields: fields.extend(
            {"name": name, "type": kind, "nullable": True, "metadata": {}} for name in sorted(names)
        )

    for table in TABLES:
        commit(lake, table, metadata(lake, table, added(table)))
    wordy = b'{"data": {"id": "1", "text": "quite another"}}'
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD, wordy], keys=[b"1", b"2", b"1"]))
    rejected, scored = (lake.require(table).to_pyarrow_table() for table in (REJECTED, SCORED))
    for name in ("text", "lang", "is_duplicate"):
        assert rejected[name].to_pylist() == [None, None]
    for name in ("key", "value", "headers", "is_duplicate"):
        assert scored[name].to_pylist() == [None]
    assert (scored["text"].to_pylist(), sorted(rejected["key"].to_pylist())) == (["tweet 1"], [b"1", b"2"])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("change", [renamed, dropped])
def test_after_a_change_that_can_not_be_lived_with_nothing_is_written(
    lake: Lake, table: Table, change: Callable[[Fields], None]
) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1), BAD]))
    mapping = protocol(("columnMapping",))
    version = commit(lake, table, mapping, metadata(lake, table, change, delta__columnMapping__mode="name"))
    with pytest.raises(UserError, match=f"Another program changed .*/{table}: .*author_id"):
        sink.append(batch([tweet(2), BAD], start=2))
    changed = lake.as_it_is(table)
    assert changed is not None
    assert changed.version() == version
    with pytest.raises(UserError, match="Another program changed"):
        LakeSink(lake, TOPIC)


def test_what_was_refused_streams_on_once_the_change_is_taken_back(lake: Lake) -> None:
    sink = LakeSink(lake, TOPIC)
    sink.append(batch([tweet(1)]))
    commit(lake, SCORED, metadata(lake, SCORED, lambda fields: named(fields, "label").update(nullable=False)))
    with pytest.raises(UserError, match="the column label may not be null"):
        sink.append(batch([tweet(2)], start=1))
    commit(lake, SCORED, metadata(lake, SCORED, lambda fields: named(fields, "label").update(nullable=True)))
    LakeSink(lake, TOPIC).append(batch([tweet(2)], start=1))
    assert column(lake, SCORED, "tweet_id") == [1, 2]
