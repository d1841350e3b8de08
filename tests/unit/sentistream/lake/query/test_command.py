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
    assert list(tmp_path.iterdir()) == [out]
    out.chmod(0o600)
    link = tmp_path / "a link.csv"
    link.symlink_to(out.name)
    assert asked(lake, "--out", str(link), "SELECT 2 AS n").returncode == 0
    assert (link.is_symlink(), out.read_text(), out.stat().st_mode & 0o777) == (True, '"n"\n2\n', 0o600)
    unknown = asked(lake, "--out", str(tmp_path / "answer.xlsx"), "SELECT 1")
    assert unknown.returncode == 2
    assert "give --format" in unknown.stderr
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
