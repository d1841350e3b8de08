"""`sentistream why`; what `--help` does not need is imported by the command itself."""

import sys
from typing import Annotated

import typer

from sentistream.contracts import tweet_text
from sentistream.contracts.model_version import NAMED_BY
from sentistream.errors import UserError
from sentistream.options import Json, with_settings
from sentistream.settings import RegistrySettings


@with_settings(RegistrySettings, "mlflow_tracking_uri", "model_name", private=False)
def why(
    settings: RegistrySettings,
    text: Annotated[str, typer.Argument(help="A text as the stream would get it; - reads it from standard input.")],
    model: Annotated[str | None, typer.Option(envvar="WHY_MODEL", help=f"{NAMED_BY}; without it the champion.")] = None,
    json: Json = False,
) -> None:
    """Say what decided about a text: what each of its n-grams adds to the log-odds, or what each word does where no sum is behind it."""
    given = sys.stdin.read() if text == "-" else text
    if not given.isascii() and any("\ud800" <= each <= "\udfff" for each in given):
        raise UserError("The text is no UTF-8.", exit_code=2)
    fault = tweet_text.fault(given)
    if fault is not None:
        raise UserError(f"The text {fault.detail}.", exit_code=2)
    # MLflow takes seconds to import.
    from sentistream import terminal
    from sentistream.scoring import proven
    from sentistream.scoring.explanation.explained import explain
    from sentistream.scoring.explanation.told import sentences

    found = explain(proven.named(settings, model), given)
    if json:
        sys.stdout.write(terminal.json_line(found.as_dict()) + "\n")
        return
    for sentence in sentences(found):
        sys.stdout.write(f"{terminal.shown(sentence)}\n")
