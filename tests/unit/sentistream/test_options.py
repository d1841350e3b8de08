"""Options that are made from settings, in every command of every program."""

from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any

import pytest
import typer
from pydantic import SecretStr
from typer.main import get_command
from typer.testing import CliRunner

from producer.live.settings import LiveSettings
from sentistream.__main__ import COMMANDS as SUB_COMMANDS
from sentistream.__main__ import Lazy
from sentistream.options import with_settings
from sentistream.settings import KafkaSettings

PROGRAMS = ("producer", "stream_processor", "trainer")


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, below in command.commands.items():
        yield from _commands(below, f"{path} {name}")


PROGRAM_APPS = {name: get_command(import_module(f"{name}.__main__").app) for name in PROGRAMS}
SUB_APPS = {f"sentistream {name}": Lazy(name, place).load() for name, place in SUB_COMMANDS.items()}
COMMANDS = dict(each for name, app in {**PROGRAM_APPS, **SUB_APPS}.items() for each in _commands(app, name))


def _options(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_is_and_its_variable(name: str) -> None:
    for option in _options(COMMANDS[name]):
        assert option.help, option.opts
        assert option.envvar or f"in the environment {option.name.upper()}" in option.help, option.opts


@pytest.mark.parametrize("name", [name for name, each in COMMANDS.items() if hasattr(each.callback, "settings")])
def test_a_settings_option_variable_and_help_are_the_fields(name: str) -> None:
    fields = COMMANDS[name].callback.settings.model_fields
    of_fields = [each for each in _options(COMMANDS[name]) if each.name in fields]
    assert of_fields
    for option in of_fields:
        assert option.envvar in (option.name.upper(), None)
        assert option.help.startswith(" ".join(fields[option.name].description.split())[:30])


def test_every_setting_says_what_it_is() -> None:
    kinds = {each.callback.settings for each in COMMANDS.values() if hasattr(each.callback, "settings")}
    assert len(kinds) >= 8
    for kind in kinds:
        assert all(field.description for field in kind.model_fields.values()), kind


def _app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    @with_settings(LiveSettings, "rate", "queries", "kafka_topic", "foreign_rules")
    def show(
        settings: LiveSettings, loudly: Annotated[bool, typer.Option("--loudly", envvar="LOUDLY")] = False
    ) -> None:
        """Show what was read."""
        print(settings.rate, settings.queries, settings.kafka_topic, settings.foreign_rules, loudly)  # noqa: T201

    return app


def test_an_option_goes_before_its_variable_and_that_before_the_default() -> None:
    variables = {"KAFKA_TOPIC": "one", "RATE": "5", "QUERIES": "cats dogs\nbirds"}
    shown = CliRunner().invoke(_app(), ["--rate", "0", "--loudly"], env=variables)
    assert shown.output == "0.0 ('cats dogs', 'birds') one refuse True\n"
    shown = CliRunner().invoke(_app(), ["--kafka-topic", "two", "--query", "cats dogs"], env=variables)
    assert shown.output == "5.0 ('cats dogs',) two refuse False\n"


def test_help_shows_the_default_of_a_setting() -> None:
    shown = CliRunner().invoke(_app(), ["--help"], env={"COLUMNS": "300"}).output
    assert "Tweets a second; 0 is as fast as it goes." in shown
    assert "default: tweets]" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_defaults_in_one_way_and_no_value_for_a_flag(name: str) -> None:
    command = COMMANDS[name]
    shown = command.get_help(typer.Context(command, info_name=name))
    assert "default: (" not in shown
    assert "<bool>" not in shown
    assert "─" not in shown


def test_a_secret_is_no_option() -> None:
    secret = {
        name
        for name, field in KafkaSettings.model_fields.items()
        if SecretStr in getattr(field.annotation, "__args__", ())
    }
    assert secret == {"kafka_sasl_password"}
    assert not any(option.name in secret for each in COMMANDS.values() for option in _options(each))
