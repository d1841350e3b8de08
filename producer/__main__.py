"""`python -m producer`: the command line of the producer."""

import typer

from producer.live.command import live
from producer.replay.command import replay
from producer.synthetic.command import synthetic
from sentistream import command_line

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Publishes tweets to Kafka.",
)
for command in (replay, live, synthetic):
    app.command()(command)


if __name__ == "__main__":
    command_line.run(app)
