"""What another program may make of a table, and what may not pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake.schema import Field, PrimitiveType

from sentistream.errors import UserError
from sentistream.lake import tables
from sentistream.lake.declared import contract, ddl
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import SCORED, Table
from tests.support.foreign_hands import Fields, commit, mapped, metadata, named, protocol

MAPPED = {"delta__columnMapping__mode": "name"}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(str(tmp_path))
    create.create(lake, SCORED)
    return lake


def renamed(fields: Fields) -> None:
    mapped(fields)
    named(fields, "author_id")["name"] = "author"


def dropped(fields: Fields) -> None:
    fields.remove(named(fields, "label"))


def added(**also: Any) -> Callable[[Fields], None]:
    return lambda fields: fields.append({"name": "mine", "type": "string", "nullable": True, "metadata": {}} | also)


def widened(fields: Fields) -> None:
    named(fields, "model_version")["type"] = "long"


@pytest.mark.parametrize("table", tables.EVERY, ids=lambda table: table.name)
def test_what_this_program_makes_is_not_foreign(table: Table, tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    create.create(lake, table)
    assert lake.changed(table, lake.require(table)) is None


@pytest.mark.parametrize(
    ("columns", "properties", "what", "back"),
    [
        (renamed, MAPPED, "the column author_id is called author", "RENAME COLUMN author TO author_id"),
        (mapped, MAPPED, "its columns are mapped", "DROP FEATURE columnMapping TRUNCATE HISTORY"),
        (dropped, {}, "the column label was dropped", "RESTORE TABLE"),
        (widened, {}, "the column model_version is long and was integer", "RESTORE TABLE"),
        (added(nullable=False), {}, "mine was added and may not be null", "ALTER COLUMN mine DROP NOT NULL"),
        (
            lambda fields: named(fields, "author_id").update(nullable=False),
            {},
            "the column author_id may not be null",
            "ALTER COLUMN author_id DROP NOT NULL",
        ),
        (
            added(metadata={"delta.generationExpression": "upper(lang)"}),
            {},
            "the column mine has an expression of its own",
            "docs/schema-evolution.md",
        ),
        (
            lambda _: None,
            {"delta__constraints__short": "length(text) < 9"},
            "the constraint short was added",
            "DROP CONSTRAINT short",
        ),
        (lambda _: None, {"delta__appendOnly": "true"}, "it takes no deletions", "'delta.appendOnly' = 'false'"),
        (
            lambda _: None,
            {"delta__enableChangeDataFeed": "true"},
            "it keeps a change feed",
            "'delta.enableChangeDataFeed' = 'false'",
        ),
    ],
)
def test_a_change_that_can_not_be_lived_with_is_refused_with_the_way_back(
    lake: Lake, columns: Callable[[Fields], object], properties: dict[str, str], what: str, back: str
) -> None:
    held = lake.require(SCORED)
    commit(lake, SCORED, metadata(lake, SCORED, columns, **properties))
    for look in (lambda: lake.require(SCORED), lambda: lake.refresh(SCORED, held)):
        with pytest.raises(UserError) as refusal:
            look()
        sentence = str(refusal.value)
        assert sentence.startswith(f"Another program changed {lake.location(SCORED)}: ")
        assert what in sentence
        assert back in sentence


@pytest.mark.parametrize(
    ("reader", "writer", "what", "back"),
    [
        (["deletionVectors"], [], "it has deletion vectors", "DROP FEATURE deletionVectors TRUNCATE HISTORY"),
        (["v2Checkpoint"], [], "its checkpoints are of version 2", "DROP FEATURE v2Checkpoint"),
        (["typeWidening"], [], "types of its columns may be widened", "DROP FEATURE typeWidening"),
        ([], ["rowTracking", "domainMetadata"], "its rows are tracked", "DROP FEATURE domainMetadata"),
        ([], ["inCommitTimestamp"], "it has in-commit timestamps", "DROP FEATURE inCommitTimestamp"),
        ([], ["allowColumnDefaults"], "its columns may have defaults", "docs/schema-evolution.md"),
    ],
)
def test_a_table_feature_that_can_not_be_written_by_is_refused_with_the_way_back(
    lake: Lake, reader: list[str], writer: list[str], what: str, back: str
) -> None:
    commit(lake, SCORED, protocol(tuple(reader), tuple(writer)))
    with pytest.raises(UserError) as refusal:
        lake.require(SCORED)
    assert what in str(refusal.value)
    assert back in str(refusal.value)


@pytest.mark.parametrize(
    "columns",
    [
        added(),
        lambda fields: fields.insert(0, {"name": "mine", "type": "date", "nullable": True, "metadata": {}}),
        lambda fields: fields.reverse(),
        lambda fields: named(fields, "lang").update(nullable=True),
        lambda fields: named(fields, "lang").update(metadata={"comment": "theirs"}),
    ],
    ids=["a column of their own", "in front", "another order", "a NOT NULL less", "a comment"],
)
def test_a_change_that_can_be_lived_with_passes(lake: Lake, columns: Callable[[Fields], object]) -> None:
    held = lake.require(SCORED)
    features = protocol(writer=("checkConstraints", "generatedColumns", "changeDataFeed"))
    version = commit(lake, SCORED, metadata(lake, SCORED, columns), features)
    lake.refresh(SCORED, held)
    assert held.version() == lake.require(SCORED).version() == version


def test_the_statements_come_in_the_order_in_which_they_work(lake: Lake) -> None:
    commit(lake, SCORED, protocol(("columnMapping", "deletionVectors")), metadata(lake, SCORED, renamed, **MAPPED))
    with pytest.raises(UserError) as refusal:
        lake.require(SCORED)
    steps = ["RENAME COLUMN", "interval 0 hours", "DROP FEATURE columnMapping", "DROP FEATURE deletionVectors"]
    assert [str(refusal.value).count(step) for step in steps] == [1, 1, 1, 1]
    assert sorted(steps, key=str(refusal.value).index) == steps


def test_a_declared_constraint_that_delta_rs_wrote_in_its_own_words_passes(lake: Lake) -> None:
    commit(lake, SCORED, metadata(lake, SCORED, delta__constraints__tweet_id_is_positive="(tweet_id > 0)"))
    assert lake.changed(SCORED, lake.require(SCORED)) is None


def test_a_foreign_name_is_inert_in_the_sentence(lake: Lake) -> None:
    def hostile(fields: Fields) -> None:
        mapped(fields)
        named(fields, "author_id")["name"] = "a`; DROP TABLE x; --\x1b[2J"

    commit(lake, SCORED, metadata(lake, SCORED, hostile, **MAPPED))
    with pytest.raises(UserError, match=r"RENAME COLUMN `a``; DROP TABLE x; --\\x1b\[2J` TO author_id") as refusal:
        lake.require(SCORED)
    assert "\x1b" not in str(refusal.value)


def test_a_column_that_a_migration_has_yet_to_add_is_not_missed(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    known, migration = contract.known, contract.migration
    next_one = [ddl_alteration("mood")]
    monkeypatch.setattr(contract, "known", lambda table: known(table) + 1)
    monkeypatch.setattr(contract, "migration", lambda table, n: next_one if n > known(table) else migration(table, n))
    declared = [field.name for field in contract.columns(SCORED, 1)]
    assert "label" in declared
    next_one[0] = ddl_alteration("label")
    assert "label" not in [field.name for field in contract.columns(SCORED, 1)]


def ddl_alteration(column: str) -> "ddl.Alteration":
    return ddl.Alteration(columns=(Field(column, PrimitiveType("string")),))


def test_a_table_of_a_newer_program_is_left_to_the_sentence_about_its_version(lake: Lake) -> None:
    commit(lake, SCORED, metadata(lake, SCORED, dropped, sentistream__contract="99"))
    assert lake.changed(SCORED, lake.require(SCORED)) is None
