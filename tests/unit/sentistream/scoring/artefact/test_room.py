import os
import time
from pathlib import Path

import pytest

from sentistream.process import file_lock
from sentistream.scoring.artefact import room


def copy_of(cache: Path, number: int, used_seconds_ago: float) -> Path:
    copy = cache / f"{number}-{number:064x}"
    (copy / "sparkml").mkdir(parents=True)
    (copy / "sparkml" / "part-0").touch()
    at = time.time() - used_seconds_ago
    os.utime(copy, (at, at))
    return copy


def test_the_copies_that_were_used_last_stay(tmp_path: Path) -> None:
    copies = [copy_of(tmp_path, number, 1000.0 * number) for number in range(1, room.KEPT + 3)]
    room.note_use(copies[-1])
    room.make(tmp_path)
    assert [each.exists() for each in copies] == [*[True] * (room.KEPT - 1), False, False, True]


def test_what_may_still_be_read_or_is_no_copy_stays(tmp_path: Path) -> None:
    copies = [copy_of(tmp_path, number, 0.0) for number in range(room.KEPT + 2)]
    others = [tmp_path / "of somebody else", tmp_path / "tmpfresh"]
    for each in others:
        each.mkdir()
    room.make(tmp_path)
    assert all(each.exists() for each in [*copies, *others])


def test_what_a_killed_fetch_left_is_taken_away_after_an_hour(tmp_path: Path) -> None:
    (tmp_path / "tmpcut" / "sparkml").mkdir(parents=True)
    os.utime(tmp_path / "tmpcut", (0, 0))
    room.make(tmp_path)
    assert not (tmp_path / "tmpcut").exists()


@pytest.mark.parametrize("is_fetched", [False, True])
def test_a_copy_is_taken_away_unless_another_process_brings_it(tmp_path: Path, is_fetched: bool) -> None:
    copy = copy_of(tmp_path, 1, 0.0)
    if is_fetched:
        with file_lock.waited_for(tmp_path / f"{copy.name}.lock"):
            room.take_away(copy)
    else:
        room.take_away(copy)
    assert copy.exists() is is_fetched
    assert not list(tmp_path.glob("tmp*"))


def test_a_cache_that_is_not_there_has_room(tmp_path: Path) -> None:
    room.make(tmp_path / "absent")
    room.note_use(tmp_path / "absent")
