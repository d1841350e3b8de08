"""What other programs do to a table, as entries of its log: a commit of theirs without their engine."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sentistream.lake.lake import Lake
from sentistream.lake.tables import Table

Fields = list[dict[str, Any]]


def commit(lake: Lake, table: Table, *actions: Mapping[str, Any]) -> int:
    """Add one commit to a table of a local lake; its version."""
    log = _log(lake, table)
    version = max(int(entry.stem) for entry in log.glob("*.json")) + 1
    info = {"commitInfo": {"timestamp": 1_800_000_000_000, "operation": "FOREIGN"}}
    (log / f"{version:020d}.json").write_text("".join(f"{json.dumps(each)}\n" for each in (info, *actions)))
    return version


def protocol(reader: tuple[str, ...] = (), writer: tuple[str, ...] = ()) -> dict[str, Any]:
    """An action that adds table features."""
    features = {"readerFeatures": list(reader), "writerFeatures": ["appendOnly", "invariants", *reader, *writer]}
    versions = {"minReaderVersion": 3 if reader else 1, "minWriterVersion": 7}
    return {"protocol": versions | {name: each for name, each in features.items() if each or name[0] == "w"}}


def metadata(
    lake: Lake, table: Table, columns: Callable[[Fields], object] = lambda _: None, **properties: str
) -> dict[str, Any]:
    """An action that changes columns in place and sets properties; of a property's name, `__` stands for the dot."""
    before = latest(lake, table, "metaData")
    schema = json.loads(before["schemaString"])
    columns(schema["fields"])
    set_now = {name.replace("__", "."): value for name, value in properties.items()}
    return {
        "metaData": before | {"schemaString": json.dumps(schema), "configuration": before["configuration"] | set_now}
    }


def latest(lake: Lake, table: Table, kind: str) -> dict[str, Any]:
    """The last action of a kind in the log."""
    entries = sorted(_log(lake, table).glob("*.json"))
    actions = [json.loads(line) for entry in entries for line in entry.read_text().strip().split("\n")]
    found: dict[str, Any] = [each[kind] for each in actions if kind in each][-1]
    return found


def named(fields: Fields, name: str) -> dict[str, Any]:
    """One of the columns."""
    return next(field for field in fields if field["name"] == name)


def mapped(fields: Fields) -> None:
    """Give each column the name by which the files know it, as column mapping does when it is switched on."""
    for number, field in enumerate(fields, 1):
        of_mapping = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": field["name"]}
        field["metadata"] = field["metadata"] | of_mapping


def _log(lake: Lake, table: Table) -> Path:
    return Path(lake.location(table)) / "_delta_log"
