import io

from rich.console import Console
from rich.table import Table

from sentistream.terminal import console, plain


def test_a_tweet_can_neither_colour_nor_move_the_terminal() -> None:
    recorded = Console(record=True, force_terminal=True, width=120)
    recorded.print(plain("[bold red]x[/] \x1b[2J\x07 \u202e"))
    written = recorded.export_text(styles=True)
    assert "[bold red]x[/]" in written
    assert "\x1b[2J" not in written
    assert "\x07" not in written
    assert "\u202e" not in written


def test_a_file_gets_a_table_whole() -> None:
    table = Table("text")
    table.add_row("word " * 100)
    output = io.StringIO()
    console(output).print(table)
    assert ("word " * 100).strip() in output.getvalue()
    assert max(map(len, output.getvalue().splitlines())) < 600
