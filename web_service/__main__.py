"""`python -m web_service`: the command line of the web service."""

import typer

from sentistream import command_line
from web_service.command import web

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
app.command()(web)


if __name__ == "__main__":
    command_line.run(app)
