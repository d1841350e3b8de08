"""`python -m trainer`: the command line of the trainer."""

import typer

from sentistream import command_line
from trainer.command import evaluate, import_model, models, promote, rollback, train

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Selects a model and registers it.",
)
for command in (train, evaluate, models, promote, rollback):
    app.command()(command)
app.command("import")(import_model)


if __name__ == "__main__":
    command_line.run(app)
