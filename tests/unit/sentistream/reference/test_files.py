import re
from pathlib import Path

import pytest

from sentistream.reference import files
from sentistream.reference.variables import arguments, settings
from tests.support.commands import run_here
from tests.support.places import ROOT


@pytest.mark.parametrize("file", [ROOT / "docs" / "settings.md", ROOT / ".env.example"], ids=lambda file: file.name)
def test_what_can_be_set_is_written_as_the_settings_classes_say(file: Path) -> None:
    assert file.read_text() == files.files()[file], "run `make settings`"


def test_every_setting_that_a_command_reads_is_shown() -> None:
    shown = {each.name for each in settings()}
    kinds = {kind for _, each in files.commands() if (kind := getattr(each.callback, "settings", None))}
    assert len(kinds) >= 8
    assert {name.upper() for kind in kinds for name in kind.model_fields} <= shown


def test_every_variable_stands_once_in_the_example() -> None:
    names = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(names) == sorted(set(names))


def test_a_secrets_file_is_none_by_default_and_says_who_must_be_able_to_read_it() -> None:
    compose = (ROOT / "docker-compose.yml").read_text().partition("\nsecrets:\n")[2]
    mounted = re.findall(r"\$\{([A-Z_]+_FILE)", compose)
    assert len(mounted) == 12
    lines = (ROOT / ".env.example").read_text().splitlines()
    for name in mounted:
        assert "user 10001" in lines[lines.index(f"#{name}=") - 1], name


def test_defaults_that_differ_name_who_has_them() -> None:
    [memory] = [each for each in settings() if each.name == "SPARK_DRIVER_MEMORY"]
    assert memory.default == "1g"
    assert memory.other_defaults == {"trainer": "3g"}


def test_the_entry_point_prints_the_tables() -> None:
    assert run_here("settings").stdout == files.tables()


OF_AN_ENVIRONMENT_FILE = {"FORCE", "GRID", "LOOP", "SPEED", "SPLIT"}
"""What an .env of 0.1.0 may set."""


def test_no_option_listens_to_a_word_that_others_use() -> None:
    names = {each.name for each in arguments(files.commands())}
    assert len(names) > 30
    assert {name for name in names if "_" not in name} == OF_AN_ENVIRONMENT_FILE
