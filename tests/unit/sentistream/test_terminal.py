from rich.console import Console

from sentistream.terminal import plain


def test_a_tweet_can_neither_colour_nor_move_the_terminal() -> None:
    console = Console(record=True, force_terminal=True, width=120)
    console.print(plain("[bold red]x[/] \x1b[2J\x07 \u202e"))
    written = console.export_text(styles=True)
    assert "[bold red]x[/]" in written
    assert "\x1b[2J" not in written
    assert "\x07" not in written
    assert "\u202e" not in written
