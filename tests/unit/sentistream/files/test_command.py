import json
from pathlib import Path

from tests.support.commands import run_here


def test_inspect_shows_what_would_be_read_and_publishes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("id,text,label,created_at\n900000000000000017,warm,positive,2023-02-01 10:00:00+00:00\n")
    run = run_here("inspect", str(file), "--json")
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["columns"] == {
        "text": "text",
        "label": "label",
        "id": "id",
        "date": "created_at",
        "lang": None,
        "author": None,
    }
    assert report["sample"] == [
        {
            "id": "900000000000000017",
            "text": "warm",
            "label": "positive",
            "created_at": "2023-02-01T10:00:00.000Z",
        }
    ]
    assert "warm" in run_here("inspect", str(file)).stdout


def test_a_refusal_is_shown_with_exit_code_1(tmp_path: Path) -> None:
    file = tmp_path / "stars.csv"
    file.write_text("text,label\n" + "".join(f"star {number},{number}\n" for number in range(1, 6)))
    run = run_here("inspect", str(file), "--for", "train")
    assert run.returncode == 1
    assert "refused:" in run.stdout
    assert "--labels" in run.stdout
    assert run_here("inspect", str(file)).returncode == 0


def test_what_a_file_holds_is_shown_as_text(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    rows = "".join(f"90000000000000001{number},[red]warm[/] :smile:,[/]\x1b[2J{number}\n" for number in range(2))
    file.write_text("id,text,label[/red]\n" + rows)
    run = run_here("inspect", str(file), "--label-column", "label[/red]")
    assert "[red]warm[/] :smile:" in run.stdout
    assert "label[/red]" in run.stdout
    assert "\x1b" not in run.stdout + run.stderr
    assert "Traceback" not in run.stderr


def test_a_pipe_is_inspected_like_a_file(tmp_path: Path) -> None:
    import subprocess
    import sys

    run = subprocess.run(
        [sys.executable, "-m", "sentistream", "inspect", "-", "--json"],
        input="id,text\n900000000000000017,warm\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout)["rows"] == 1
