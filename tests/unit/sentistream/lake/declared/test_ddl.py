import re
from pathlib import Path

import pytest

from sentistream.lake import tables
from sentistream.lake.declared import contract, ddl
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import AUDIT, CHANGED_DAYS, MODEL_HEALTH, MODEL_PROFILES, RETIRED, Table

YOUNGEST = (CHANGED_DAYS, RETIRED, MODEL_HEALTH, MODEL_PROFILES, *AUDIT)
"""They began with version 1."""


@pytest.mark.parametrize("table", tables.EVERY, ids=lambda table: table.name)
def test_each_version_of_a_contract_has_its_migration_which_ends_by_saying_so(table: Table) -> None:
    newest = contract.known(table)
    assert newest >= 1
    for version in range(2 if table in YOUNGEST else 1, newest + 1):
        last = contract.migration(table, version)[-1]
        assert dict(last.properties) == {contract.PROPERTY: str(version)}


@pytest.mark.parametrize("table", YOUNGEST, ids=lambda table: table.name)
def test_a_table_that_delta_rs_creates_has_the_columns_of_its_sql(table: Table, tmp_path: Path) -> None:
    made = create.create(Lake(str(tmp_path)), table)
    sql = tables.table_sql(table)
    assert [field.name for field in made.schema().fields] == re.findall(r"^  (\w+) +[A-Z]+", sql, re.MULTILINE)
    assert contract.kept(made) == contract.known(table)
    assert made.metadata().partition_columns == ddl.partitions(sql)


def test_a_migration_is_read_statement_by_statement() -> None:
    columns, constraint, properties = ddl.alterations(
        """-- Why; and what for.
ALTER TABLE ${table} ADD COLUMNS (
  mood STRING COMMENT 'the author''s own; or null',
  loud DOUBLE
);
ALTER TABLE ${table} ADD CONSTRAINT mood_is_given CHECK (mood IS NULL OR mood <> '');
ALTER TABLE ${table} SET TBLPROPERTIES ('a.b' = '1', 'c' = 'it''s');
"""
    )
    assert [(field.name, field.type.type, field.nullable, field.metadata) for field in columns.columns] == [
        ("mood", "string", True, {"comment": "the author's own; or null"}),
        ("loud", "double", True, {}),
    ]
    assert constraint.constraints == (("mood_is_given", "mood IS NULL OR mood <> ''"),)
    assert properties.properties == (("a.b", "1"), ("c", "it's"))


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE ${table}",
        "ALTER TABLE ${table} ADD COLUMNS (mood STRING NOT NULL)",
        "ALTER TABLE ${table} ADD COLUMNS (mood VARIANT)",
        "ALTER TABLE ${table} ADD CONSTRAINT mood",
    ],
)
def test_what_is_not_metadata_or_can_not_be_read_is_no_migration(statement: str) -> None:
    with pytest.raises(ValueError, match=r"not a|new column"):
        ddl.alterations(statement)
