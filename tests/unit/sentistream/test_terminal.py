import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from sentistream import command_line
from sentistream.errors import UserError, said
from sentistream.terminal import STACKED, TRACEBACK, console, json_line, plain, shown, shown_lines
from trainer.data import labelled


def test_a_tweet_can_neither_colour_nor_move_the_terminal() -> None:
    recorded = Console(record=True, force_terminal=True, width=120)
    recorded.print(plain("[bold red]x[/] \x1b[2J\x07 \u202e"))
    written = recorded.export_text(styles=True)
    assert r"[bold red]x[/] \x1b[2J\x07 \u202e" in written
    assert not {"\x1b[2J", "\x07", "\u202e"} & set(written)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("\x1b]0;title\x07\x9b2J", r"\x1b]0;title\x07\x9b2J"),
        ("one\r\n\ttwo\x7f", r"one\r\n\ttwo\x7f"),
        ("\u202egnp.exe\u2066\u2069\u200f\u061c", r"\u202egnp.exe\u2066\u2069\u200f\u061c"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("pay\u200bpal\ufeff\xad\u2060\u3164\u034f", r"pay\u200bpal\ufeff\xad\u2060\u3164\u034f"),
        ("a\u200db\u200cc", r"a\u200db\u200cc"),
        ("\udc80 and \ud83d", r"\udc80 and \ud83d"),
        ("hid\U000e0068\U000e0069", r"hid\U000e0068\U000e0069"),
        ("x\ufe0f\ufe01\U000e0100", "x\ufe0f" + r"\ufe01\U000e0100"),
        ("o" + "\u0301" * (STACKED + 2), "o" + "\u0301" * STACKED + r"\u0301\u0301"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_can_be_seen(written: str, seen: str) -> None:
    assert shown(written) == seen
    # In JSON the same is escaped, so that nothing is left to be shown.
    assert shown(json_line(written)) == json_line(written)


@pytest.mark.parametrize(
    "written",
    [
        "👩‍👩‍👧‍👦 👍🏽 ❤️‍🔥 🏳️‍🌈 1️⃣ 🇺🇦 👩🏽‍💻",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f Scotland",
        "e\u0301 Z\u0324\u0308 Việt",
        "שלום עליכם، مرحبا",
        "می\u200cکنم क्\u200dष",
        "　全角\xa0[bold]x[/] \\x1b C:\\new :smile:",
        "\U0001fae8 \uf8ff",
    ],
)
def test_what_people_write_stays_readable(written: str) -> None:
    assert shown(written) == written


@given(st.text(st.characters()))
def test_nothing_shown_controls_and_no_length_is_passed(text: str) -> None:
    for seen in (shown(text), shown_lines(text).replace("\n", ""), json.dumps(json_line(text), ensure_ascii=False)):
        assert not [each for each in seen if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}]
        seen.encode()
    assert len(shown(text, 5)) <= 5
    assert shown(text, 5) == shown(text) or shown(text, 5).endswith("…")
    assert json.loads(json_line(text)) == text.encode("utf-8", "backslashreplace").decode()


def test_a_table_reads_no_markup_no_emoji_and_no_control_from_any_of_its_parts() -> None:
    nasty = "[red]x[/] [/] :smile:\x1b\u202e"
    table = Table(nasty, title=nasty, caption=nasty)
    table.add_row(nasty)
    output = io.StringIO()
    console(output).print(table, nasty)
    assert output.getvalue().count(r"[red]x[/] [/] :smile:\x1b\u202e") == 5


@pytest.mark.parametrize("written", ["no column \x1b[2Jtext\x07", "no\u202egnp.exe", "no\nerror: that"])
def test_an_error_can_neither_colour_nor_move_the_terminal(written: str, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(**_: object) -> None:
        raise UserError(written, exit_code=2)

    def mistaken(**_: object) -> None:
        raise ValueError(written)

    for command, code in ((refused, 2), (mistaken, 1)):
        with pytest.raises(SystemExit) as ended:
            command_line.run(command)
        labelled.said(written)
        seen = capsys.readouterr().err
        assert ended.value.code == code
        assert all(line.isprintable() for line in seen.splitlines())
        assert ("Traceback" in seen) == (command is mistaken)


@pytest.mark.parametrize("length", [TRACEBACK - 10, 2 * TRACEBACK, 9 * TRACEBACK])
def test_a_long_traceback_keeps_its_end_where_it_says_what_failed(length: int) -> None:
    seen = shown_lines("Traceback:\n" + "\tat a.stack\n" * (length // 12) + "ValueError: \x1bthis\n")
    assert len(seen) == TRACEBACK
    assert seen.startswith("Traceback:\n")
    assert seen.endswith("\nValueError: \\x1bthis\n")


def test_an_error_without_words_is_called_by_its_kind() -> None:
    assert said(OSError()) == "OSError"
    assert said(ValueError("\n one\ntwo")) == "one"


def test_a_file_gets_a_table_whole() -> None:
    table = Table("text")
    table.add_row("word " * 100)
    output = io.StringIO()
    console(output).print(table)
    assert ("word " * 100).strip() in output.getvalue()
    assert max(map(len, output.getvalue().splitlines())) < 600
