"""What is said of a disk that takes nothing more, met on a real one."""

import errno
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from sentistream.process import disk
from sentistream.process.disk import DiskError
from tests.support.small_disk import SmallDisk

ROWS = pa.table({"text": [f"{number:0100}" for number in range(2000)]})


def lake_explained(small_disk: SmallDisk) -> AbstractContextManager[None]:
    return disk.explained({"LAKE_URI": small_disk.folder})


def by_sqlite(folder: Path) -> None:
    connection = sqlite3.connect(folder / "registry.db")
    try:
        connection.execute("CREATE TABLE runs (name text)")
        connection.commit()
    finally:
        connection.close()


WRITERS: dict[str, Callable[[Path], object]] = {
    "Python": lambda folder: (folder / "positions").write_bytes(bytes(1_000_000)),
    "Arrow": lambda folder: pq.write_table(ROWS, folder / "answer.parquet"),
    "delta-rs": lambda folder: write_deltalake(folder / "table", ROWS),
    "SQLite": by_sqlite,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_one_sentence_whoever_writes(small_disk: SmallDisk, writer: str) -> None:
    small_disk.fill()
    with (
        pytest.raises(DiskError, match=r"is full \([\d,]+ bytes free\): make room there ") as told,
        lake_explained(small_disk),
    ):
        WRITERS[writer](small_disk.folder)
    assert f"{small_disk.folder} (LAKE_URI)" in str(told.value)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("writer", WRITERS)
def test_a_read_only_disk_is_one_sentence_whoever_writes(small_disk: SmallDisk, writer: str) -> None:
    with small_disk.read_only(), pytest.raises(DiskError, match="is read-only") as told, lake_explained(small_disk):
        WRITERS[writer](small_disk.folder)
    assert f"{small_disk.folder} (LAKE_URI)" in str(told.value)


def test_of_several_places_the_one_that_is_full_is_named(small_disk: SmallDisk, tmp_path: Path) -> None:
    small_disk.fill()
    places = {"CHECKPOINT_URI": tmp_path, "LAKE_URI": small_disk.folder / "lake"}
    with pytest.raises(DiskError, match=r"small disk/lake \(LAKE_URI\) is full"), disk.explained(places):
        (small_disk.folder / "file").write_bytes(b"x" * 10_000)


@pytest.mark.parametrize("named", ["/usr/bin/env", "tweets (1)/a, b.csv"], ids=["absolute", "relative, with blanks"])
def test_the_file_that_is_denied_is_named_and_not_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tweets (1)").mkdir()
    (tmp_path / "tweets (1)" / "a, b.csv").touch()
    with pytest.raises(DiskError) as told, disk.explained({"LAKE_URI": tmp_path / "lake"}):
        raise PermissionError(13, "Permission denied", named)
    assert str(told.value).startswith(f"{tmp_path / named} can't be written or read by this user")


@pytest.mark.parametrize(
    "words",
    [
        "An error occurred\n: java.nio.file.AccessDeniedException: s3a://bucket/lake/_delta_log: 403 Forbidden",
        f'Traceback:\n  File "{__file__}", line 7\njava.nio.file.AccessDeniedException: s3a://bucket/lake: 403',
        "java.net.SocketException: Permission denied: connect to localhost/127.0.0.1:9092",
    ],
    ids=["an object store", "an object store, asked by Python", "a socket"],
)
def test_what_is_denied_by_no_disk_blames_none(words: str) -> None:
    # Nobody may write there, and nothing was.
    assert disk.recognised(words, {"MODEL_SIGNING_KEY_FILE": Path("/proc/version"), "LAKE_URI": Path("/sys")}) is None


def test_what_explains_does_not_fail_itself(tmp_path: Path) -> None:
    (tmp_path / "a link").symlink_to(tmp_path / "nowhere")
    for place in (tmp_path / "a link", tmp_path / "a link" / "below", tmp_path / ("n" * 300)):
        for number in (errno.ENOSPC, errno.EROFS, errno.EACCES):
            assert disk.refused(OSError(number, "refused", str(place)), {"LAKE_URI": place}) is not None
            assert disk.refused(OSError(number, "refused"), {"LAKE_URI": place}) is not None or number == errno.EACCES


@pytest.mark.parametrize(
    "failure",
    [PermissionError(13, "Permission denied"), ValueError("No space left on device"), KeyboardInterrupt()],
    ids=["a port", "somebody's text", "Ctrl-C"],
)
def test_what_is_about_no_disk_stays_what_it_is(failure: BaseException) -> None:
    with pytest.raises(type(failure)) as raised, disk.explained():
        raise failure
    assert raised.value is failure


@pytest.mark.parametrize("words", ["'{}/part'", "file:{}/part: no", "file://{}/part", "Unable to open {}/part (os"])
def test_the_folder_is_found_in_a_librarys_words(small_disk: SmallDisk, words: str) -> None:
    told = disk.recognised(
        f"No space left on device {words.format(small_disk.folder)} https://sqlalche.me/e/20/13",
        {"LAKE_URI": Path("/x")},
    )
    assert f"The disk of {small_disk.folder} is full" in str(told)


def test_a_full_folder_for_temporary_files_is_named(small_disk: SmallDisk) -> None:
    small_disk.fill()
    with pytest.raises(DiskError, match="is full"), disk.explained():
        raise FileNotFoundError(errno.ENOENT, f"No usable temporary directory found in ['{small_disk.folder}']")


def test_in_a_deleted_folder_the_one_that_is_full_is_named(
    small_disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_disk.fill()
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for written in (None, "positions"):
        told = disk.refused(OSError(errno.ENOSPC, "No space left on device", written), {"LAKE_URI": small_disk.folder})
        assert f"The disk of {small_disk.folder} (LAKE_URI) is full" in str(told)


def test_a_web_address_is_no_folder(small_disk: SmallDisk) -> None:
    small_disk.fill()
    told = disk.recognised("database or disk is full (https://sqlalche.me/e/20/13)", {"LAKE_URI": small_disk.folder})
    assert f"{small_disk.folder} (LAKE_URI) is full" in str(told)


def test_a_cause_below_other_words_is_found(small_disk: SmallDisk) -> None:
    try:
        raise OSError(28, "No space left on device", str(small_disk.folder / "file"))
    except OSError as full:
        wrapped = RuntimeError("could not save the model")
        wrapped.__cause__ = full
    assert "is full" in str(disk.refused(wrapped))


def test_what_would_not_fit_is_refused_before_it_is_begun(small_disk: SmallDisk) -> None:
    disk.require_room(small_disk.folder / "not there yet", 1000)
    with pytest.raises(DiskError, match="LAKE_URI"):
        disk.require_room(small_disk.folder, 1_000_000, "LAKE_URI")
    disk.require_room(None, sys.maxsize)


def test_where_nothing_says_which_disk_is_full_none_is_blamed(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="nothing says which"), disk.explained({"LAKE_URI": tmp_path}):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
