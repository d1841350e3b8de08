"""`python -m stream_processor`: the command line of the stream processor."""

import typer

from sentistream import command_line
from stream_processor.command import run, tables
from stream_processor.history.command import compare, rescore

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Scores tweets from Kafka into Delta tables.",
)
for command in (run, tables, rescore, compare):
    app.command()(command)


if __name__ == "__main__":
    command_line.run(app)
