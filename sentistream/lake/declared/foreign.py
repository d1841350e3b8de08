"""Foreign changes: what another program has made of a table's protocol, properties and columns, held against what `delta/tables` declares.

A column of somebody's own that may be null is none, nor is a NOT NULL that was dropped: every program here can live with them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deltalake import DeltaTable
from deltalake.schema import ArrayType, Field, MapType, PrimitiveType, StructType, VariantType

from sentistream.lake.declared import contract, ddl
from sentistream.lake.tables import Table, table_sql
from sentistream.terminal import shown

CONSTRAINT = "delta.constraints."
PHYSICAL_NAME = "delta.columnMapping.physicalName"
HARMLESS = frozenset(
    {"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "generatedColumns", "timestampNtz"}
)
"""Table features that delta-rs writes by, and that change nothing until a property or a column uses them."""
RESTORE = "RESTORE TABLE ${table} TO VERSION AS OF n"
"""Of what was in a column, only an older version knows."""
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""A name that needs no quotes."""


@dataclass(frozen=True)
class Change:
    """What was changed, in a few words, and the statements that take it back; `${table}` stands for the table."""

    what: str
    back: tuple[str, ...]


@dataclass(frozen=True)
class Feature:
    """A table feature that this program can't write by."""

    words: str
    back: tuple[str, ...] = ()
    """The statements that drop it."""


def _dropped(name: str) -> str:
    return f"ALTER TABLE ${{table}} DROP FEATURE {name}"


def _truncated(name: str) -> tuple[str, ...]:
    """Of a feature that readers have to know, the versions that have it leave the log, too."""
    at_once = "'delta.dropFeatureTruncateHistory.retentionDuration' = 'interval 0 hours'"
    return f"ALTER TABLE ${{table}} SET TBLPROPERTIES ({at_once})", f"{_dropped(name)} TRUNCATE HISTORY"


FEATURES: Mapping[str, Feature] = {
    # These two can't be dropped.
    "allowColumnDefaults": Feature("its columns may have defaults"),
    "identityColumns": Feature("its columns may count by themselves"),
    "columnMapping": Feature("its columns are mapped", _truncated("columnMapping")),
    "deletionVectors": Feature("it has deletion vectors", _truncated("deletionVectors")),
    "inCommitTimestamp": Feature("it has in-commit timestamps", (_dropped("inCommitTimestamp"),)),
    # It brings the other.
    "rowTracking": Feature("its rows are tracked", (_dropped("rowTracking"), _dropped("domainMetadata"))),
    "typeWidening": Feature("types of its columns may be widened", _truncated("typeWidening")),
    "v2Checkpoint": Feature("its checkpoints are of version 2", _truncated("v2Checkpoint")),
}


def changes(table: Table, handle: DeltaTable) -> list[Change]:
    """What was changed so that this program can't write to the table as it is; nothing of a table that a newer program has made."""
    version = contract.kept(handle)
    if version > contract.known(table):
        return []
    # In the order in which they are taken back: a column that was renamed before its mapping goes.
    return [*_of_columns(table, handle, version), *_of_properties(table, handle), *_of_protocol(handle)]


def features_to_read(handle: DeltaTable) -> set[str]:
    """The table features that a reader has to know; of a protocol that lists none, those that are in use."""
    named = set(handle.protocol().reader_features or ())
    if handle.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        named.add("columnMapping")
    return named


def _features(handle: DeltaTable) -> set[str]:
    """The table features that a writer has to know."""
    protocol = handle.protocol()
    of_version = {"identityColumns"} if protocol.min_writer_version == 6 else set[str]()
    return features_to_read(handle) | of_version | set(protocol.writer_features or ())


def _of_protocol(handle: DeltaTable) -> Iterator[Change]:
    there = _features(handle)
    for name in sorted(there - HARMLESS):
        if name != "domainMetadata" or "rowTracking" not in there:
            shown = _named(name)
            feature = FEATURES.get(name, Feature(f"it has the feature {shown}", (_dropped(shown),)))
            yield Change(feature.words, feature.back)


def _of_properties(table: Table, handle: DeltaTable) -> Iterator[Change]:
    configuration, declared = handle.metadata().configuration, ddl.properties(table_sql(table))
    for key, rule in sorted(configuration.items()):
        name = key.removeprefix(CONSTRAINT)
        # By name alone: delta-rs rewrites the rule of a constraint that it adds.
        if name != key and rule and key not in declared:
            drop = f"ALTER TABLE ${{table}} DROP CONSTRAINT {_quoted(name)}"
            yield Change(f"the constraint {_named(name)} was added", (drop,))
    for key, words in (
        ("delta.appendOnly", "it takes no deletions"),
        ("delta.enableChangeDataFeed", "it keeps a change feed"),
    ):
        if configuration.get(key) == "true" and declared.get(key) != "true":
            yield Change(words, (f"ALTER TABLE ${{table}} SET TBLPROPERTIES ('{key}' = 'false')",))
    partitions = handle.metadata().partition_columns
    if partitions != ddl.partitions(table_sql(table)):
        by = ", ".join(map(_named, partitions)) or "nothing"
        yield Change(f"it is partitioned by {by}", ())


def _of_columns(table: Table, handle: DeltaTable, version: int) -> Iterator[Change]:
    there = {field.name: field for field in handle.schema().fields}
    physical = {
        str(field.metadata[PHYSICAL_NAME]): name for name, field in there.items() if PHYSICAL_NAME in field.metadata
    }
    declared = {field.name: field for field in contract.columns(table, version)}
    for name, expected in declared.items():
        if name in there:
            yield from _of_column(there[name], expected)
        elif name in physical and physical[name] not in declared:
            now = physical[name]
            rename = f"ALTER TABLE ${{table}} RENAME COLUMN {_quoted(now)} TO {name}"
            yield Change(f"the column {name} is called {_named(now)}", (rename,))
        else:
            yield Change(f"the column {name} was dropped", (RESTORE,))
    renamed = {physical[name] for name in declared if name in physical and name not in there}
    for name in sorted(there.keys() - declared.keys() - renamed):
        if not there[name].nullable:
            loosen = f"ALTER TABLE ${{table}} ALTER COLUMN {_quoted(name)} DROP NOT NULL"
            yield Change(f"the column {_named(name)} was added and may not be null", (loosen,))
        yield from _computed(there[name])


def _of_column(field: Field, expected: Field) -> Iterator[Change]:
    if _type(field.type) != _type(expected.type):
        yield Change(f"the column {field.name} is {_type(field.type)} and was {_type(expected.type)}", (RESTORE,))
    if expected.nullable and not field.nullable:
        loosen = f"ALTER TABLE ${{table}} ALTER COLUMN {field.name} DROP NOT NULL"
        yield Change(f"the column {field.name} may not be null", (loosen,))
    yield from _computed(field)


def _computed(field: Field) -> Iterator[Change]:
    """A column whose values a writer would have to compute."""
    if any(
        key.startswith(("delta.generationExpression", "delta.identity.", "delta.invariants")) for key in field.metadata
    ):
        yield Change(f"the column {_named(field.name)} has an expression of its own", ())


def _type(of: PrimitiveType | ArrayType | MapType | StructType | VariantType) -> str:
    """A type's name; whether elements may be null says nothing about what is written."""
    if isinstance(of, PrimitiveType):
        return of.type
    if isinstance(of, ArrayType):
        return f"array<{_type(of.element_type)}>"
    if isinstance(of, MapType):
        return f"map<{_type(of.key_type)}, {_type(of.value_type)}>"
    return of.type


def _named(name: str) -> str:
    """A foreign name as it may be shown."""
    return name if PLAIN.fullmatch(name) else f"'{shown(name)}'"


def _quoted(name: str) -> str:
    """A foreign name as a statement has it."""
    return name if PLAIN.fullmatch(name) else f"`{shown(name).replace('`', '``')}`"
