import subprocess
from pathlib import Path

import pytest

from sentistream.lake.lake import Lake
from tests.support.commands import run_here
from tests.support.foreign_lake import FOREIGN, foreign_lake
from tests.support.small_disk import SmallDisk


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return foreign_lake(tmp_path_factory.mktemp("a lake"))


def asked(lake: Lake, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_here("lake", "query", "--lake-uri", lake.uri, *arguments)


def test_a_file_is_replaced_by_a_whole_answer_only_and_keeps_its_link_and_mode(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "an answer.csv"
    out.write_text("before")
    failed = asked(lake, "--out", str(out), "SELECT error('no')")
    assert (failed.returncode, out.read_text()) == (2, "before")
    done = asked(lake, "--out", str(out), "SELECT count(*) AS n FROM scored_tweets")
    assert (done.returncode, out.read_text()) == (0, f'"n"\n{len(FOREIGN)}\n')
    assert done.stderr.endswith(f"\nRows written to {out}: 1.\n")
    assert list(tmp_path.iterdir()) == [out]
    out.chmod(0o600)
    link = tmp_path / "a link.csv"
    link.symlink_to(out.name)
    assert asked(lake, "--out", str(link), "SELECT 2 AS n").returncode == 0
    assert (link.is_symlink(), out.read_text(), out.stat().st_mode & 0o777) == (True, '"n"\n2\n', 0o600)
    unknown = asked(lake, "--out", str(tmp_path / "answer.xlsx"), "SELECT 1")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith(
        f"error: {tmp_path / 'answer.xlsx'}: a file's ending says how the answer is written"
    )
    folder = asked(lake, "--out", str(tmp_path), "SELECT 1")
    assert (folder.returncode, folder.stderr) == (
        2,
        f"error: {tmp_path} is a folder: name a file in it for the answer.\n",
    )
    assert "can't be written: No such file" in asked(lake, "--out", str(tmp_path / "no" / "a.csv"), "SELECT 1").stderr


def test_an_answer_that_a_disk_has_no_room_for_leaves_the_file_as_it_was(lake: Lake, small_disk: SmallDisk) -> None:
    out = small_disk.folder / "answer.csv"
    out.write_text("before")
    small_disk.fill()
    failed = asked(lake, "--out", str(out), "SELECT range AS n FROM range(100_000)")
    assert (failed.returncode, out.read_text()) == (1, "before")
    last = failed.stderr.splitlines()[-1]
    assert last.startswith(f"error: The disk of {small_disk.folder} (--out) is full (")
    small_disk.make_room()
    assert [file.name for file in small_disk.folder.iterdir()] == ["answer.csv"]


def test_what_a_script_saves_is_written_as_its_files_ending_says_and_its_rows_are_counted(lake: Lake) -> None:
    none = "SELECT * FROM scored_tweets WHERE false"
    saved = asked(lake, "--saved-as", "/of/another machine/a.JSON", none)
    assert saved.stdout == "[]\n"
    assert saved.stderr.endswith("\nRows for /of/another machine/a.JSON: 0.\n")
    refused = asked(lake, "--saved-as", "a.table", none)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "end it in .csv, .json or .parquet, or give --format (FORMAT=… of make)" in refused.stderr


def test_a_wrong_choice_is_refused_in_the_commands_own_words(lake: Lake) -> None:
    words = "'--format' (env var: 'QUERY_FORMAT'): 'txt' is not one of 'table', 'csv', 'json', 'parquet'."
    assert asked(lake, "--format", "txt", "SELECT 1").stderr.endswith(f"{words}\n")
    assert "(SQL=… of make), or --named (NAMED=… of make) with one of " in asked(lake).stderr
