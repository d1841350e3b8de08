"""The one entry point, `sentistream` or `python -m sentistream`; a sub-command is imported when it is asked for."""

import sys
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from sentistream import __version__, command_line
from sentistream.errors import UserError
from sentistream.setup import absent
from sentistream.setup.absent import Home

PRODUCER = Home("producer", "`docker compose exec producer python -m sentistream {} …`")
PROCESSOR = Home("stream-processor", "`docker compose exec stream-processor python -m sentistream {} …`")
TABLES = Home("tables", "`docker compose exec tables python -m sentistream {} …`")
WEB = Home("web", "`docker compose up web`")
TRAINER = Home("trainer", "`docker compose run --rm trainer python -m sentistream {} …`")
NEURAL = Home("neural", "`.venv/bin/sentistream {} …` on a clone")
LAKE = PROCESSOR._replace(extra="lake", run_by=f"{PROCESSOR.run_by}, a query by `make query SQL=…`")
BESIDE_LAKE = {"duckdb": Home("query", "`make query SQL=…`"), "pyspark": PROCESSOR}
"""Libraries that single commands of `lake` need."""


class Place(NamedTuple):
    """Where a sub-command is defined, a function or a Typer application, what it does in a few words, and where it has what it needs."""

    defined: str
    summary: str
    home: Home


COMMANDS = {
    "demo": Place(
        "demo.__main__:main", "See the whole system at work on real tweets.", Home("demo", "`make demo` on a clone")
    ),
    "produce": Place("producer.__main__:app", "Publish tweets to Kafka: replay, live, synthetic.", PRODUCER),
    "process": Place("stream_processor.command:run", "Score tweets from Kafka into the lake.", PROCESSOR),
    "tables": Place("stream_processor.command:tables", "Keep bronze and gold beside the stream.", TABLES),
    "rescore": Place(
        "stream_processor.history.command:rescore", "Score the lake's tweets again by another model.", PROCESSOR
    ),
    "compare": Place(
        "stream_processor.history.command:compare", "See where two models differ on the lake's tweets.", PROCESSOR
    ),
    "inspect": Place(
        "sentistream.files.command:inspect", "Show what would be read of a file.", PRODUCER._replace(extra="files")
    ),
    "score": Place(
        "sentistream.batch.command:score",
        "Score the texts of a file or a pipe.",
        Home("score", "`docker compose run --rm -T trainer python -m sentistream {} - < FILE`"),
    ),
    "why": Place(
        "sentistream.scoring.explanation.command:why",
        "Say what decided about a text.",
        Home("score", "`docker compose run --rm -T trainer python -m sentistream {} …`"),
    ),
    "train": Place("trainer.command:train", "Select a model and register it.", TRAINER),
    "import": Place("trainer.command:import_model", "Register a ready sentiment model from elsewhere.", NEURAL),
    "evaluate": Place("trainer.command:evaluate", "Measure a registered model on labelled files.", TRAINER),
    "models": Place("trainer.command:models", "List the registered models.", TRAINER),
    "promote": Place("trainer.command:promote", "Make a version the champion, if it is better.", TRAINER),
    "rollback": Place("trainer.command:rollback", "Go back to the champion before.", TRAINER),
    "web": Place("web_service.command:web", "Score texts over HTTP by the champion.", WEB),
    "lake": Place("sentistream.lake.command:app", "Look into the tables, query and keep them.", LAKE),
    "doctor": Place("sentistream.lake.command:doctor", "Examine every promise of the tables.", PROCESSOR),
    "settings": Place(
        "sentistream.reference.command:settings",
        "Show every setting, its default and who reads it.",
        Home("demo", "`.venv/bin/sentistream settings` on a clone (docs/settings.md shows the same)"),
    ),
    "broker": Place(
        "sentistream.kafka.command:broker",
        "Run a Kafka node for local use.",
        Home("stream-processor", "`make broker` on a clone"),
    ),
}


class Lazy(TyperCommand):
    """A sub-command that is known by name and help until it is used."""

    def __init__(self, name: str, place: Place) -> None:
        super().__init__(name, help=place.summary)
        self._place = place

    def load(self) -> Any:
        """The sub-command itself, imported now."""
        module, _, name = self._place.defined.partition(":")
        defined = getattr(import_module(module), name)
        if not isinstance(defined, typer.Typer):
            function, defined = defined, typer.Typer(add_completion=False, rich_markup_mode=None)
            defined.command(self.name)(function)
        loaded = get_command(defined)
        loaded.name = self.name
        return loaded

    def make_context(self, *arguments: Any, **named: Any) -> Any:
        """As the sub-command's own: it parses what is given, runs and completes."""
        return self.load().make_context(*arguments, **named)


class Commands(TyperGroup):
    """All sub-commands, in an installation that may lack what some of them need."""

    def invoke(self, ctx: Any) -> Any:
        """Run the one that was asked for.

        Raises:
            UserError: it needs what is not installed here.
        """
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as failure:
            name, lacking = ctx.invoked_subcommand, absent.package(failure)
            if name is None or lacking is None:
                raise
            home = BESIDE_LAKE.get(lacking, LAKE) if name == "lake" else COMMANDS[name].home
            raise UserError(absent.sentence(name, lacking, home)) from failure


# Plain help: rich takes longer to import than all of the rest.
app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def _show_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"sentistream {__version__}\n")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Score tweets as they arrive, and keep every result in a lake that any engine can read."""


def group() -> TyperGroup:
    """The entry point with all its sub-commands."""
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)  # noqa: S101 - an application with a callback is one
    for name, place in COMMANDS.items():
        commands.add_command(Lazy(name, place), name)
    return commands


def start() -> None:
    """Run the command line that the console script was called with."""
    command_line.run(group())


if __name__ == "__main__":
    start()
