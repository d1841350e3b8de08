import io

import pytest
from rich.console import Console
from rich.table import Table

from sentistream import command_line
from sentistream.errors import UserError, first_line
from sentistream.terminal import console, plain
from trainer.data import labelled


def test_a_tweet_can_neither_colour_nor_move_the_terminal() -> None:
    recorded = Console(record=True, force_terminal=True, width=120)
    recorded.print(plain("[bold red]x[/] \x1b[2J\x07 \u202e"))
    written = recorded.export_text(styles=True)
    assert "[bold red]x[/]" in written
    assert "\x1b[2J" not in written
    assert "\x07" not in written
    assert "\u202e" not in written


def test_a_table_reads_no_markup_and_no_emoji_from_a_cell() -> None:
    table = Table("text")
    table.add_row("[red]x[/] :smile:")
    output = io.StringIO()
    console(output).print(table)
    assert "[red]x[/] :smile:" in output.getvalue()


@pytest.mark.parametrize("written", ["no column \x1b[2Jtext\x07", "no\u202egnp.exe"])
def test_an_error_can_neither_colour_nor_move_the_terminal(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> None:
        raise UserError(written, exit_code=2)

    with pytest.raises(SystemExit) as ended:
        command_line.run(refused)
    labelled.said(written)
    shown = capsys.readouterr().err
    assert ended.value.code == 2
    assert all(line.isprintable() for line in shown.splitlines())
    assert shown.startswith("error: no")


def test_an_error_without_words_is_called_by_its_kind() -> None:
    assert first_line(OSError()) == "OSError"
    assert first_line(ValueError("\n one\ntwo")) == "one"


def test_a_file_gets_a_table_whole() -> None:
    table = Table("text")
    table.add_row("word " * 100)
    output = io.StringIO()
    console(output).print(table)
    assert ("word " * 100).strip() in output.getvalue()
    assert max(map(len, output.getvalue().splitlines())) < 600
