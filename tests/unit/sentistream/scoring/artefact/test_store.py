import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from sentistream.scoring.artefact import store
from sentistream.scoring.artefact.store import Folder, Found, Remote
from sentistream.scoring.errors import RefusedError


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("MLmodel", "sparkml/data/part-0"):
        file = tmp_path / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path / "files"


def test_a_folder_is_copied_as_it_was_listed(files: Path, tmp_path: Path) -> None:
    sizes = store.listed(Folder(files))
    assert sizes == {"MLmodel": 7, "sparkml/data/part-0": 19}
    (tmp_path / "copy").mkdir()
    Folder(files).fill(tmp_path / "copy", sizes)
    assert (tmp_path / "copy" / "sparkml" / "data" / "part-0").read_text() == "sparkml/data/part-0"


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert store.listed(Folder(tmp_path / "absent")) == {}


def test_a_file_that_grows_meanwhile_is_not_copied_to_its_end(files: Path, tmp_path: Path) -> None:
    sizes = store.listed(Folder(files))
    with (files / "MLmodel").open("a") as growing:
        growing.write("more" * store.PIECE)
    (tmp_path / "copy").mkdir()
    with pytest.raises(RefusedError, match="its MLmodel grew while it was read"):
        Folder(files).fill(tmp_path / "copy", sizes)
    assert (tmp_path / "copy" / "MLmodel").stat().st_size <= sizes["MLmodel"]


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "name"])
def test_links_pipes_and_odd_names_are_refused(files: Path, kind: str) -> None:
    if kind == "link":
        (files / "sparkml" / "odd").symlink_to("/etc/hostname")
    elif kind == "folder":
        (files / "sparkml" / "odd").symlink_to("/etc", target_is_directory=True)
    elif kind == "pipe":
        os.mkfifo(files / "sparkml" / "odd")
    else:
        (files / "sparkml" / "odd\x1b[2J").touch()
    with pytest.raises(RefusedError, match="sparkml/odd") as refused:
        store.listed(Folder(files))
    assert str(refused.value).isprintable()


def test_a_pipe_in_the_place_of_a_listed_file_is_not_waited_for(files: Path, tmp_path: Path) -> None:
    sizes = store.listed(Folder(files))
    (files / "MLmodel").unlink()
    os.mkfifo(files / "MLmodel")
    (tmp_path / "copy").mkdir()
    with pytest.raises(RefusedError, match="its MLmodel is a link or a device"):
        Folder(files).fill(tmp_path / "copy", sizes)


def test_bytes_are_bounded_before_any_is_copied(files: Path) -> None:
    with (files / "large").open("wb") as sparse:
        sparse.truncate(store.MOST_BYTES)
    with pytest.raises(RefusedError, match="it has more than 2,048 MiB"):
        store.listed(Folder(files))


class Endless:
    """A store that lists something in whatever is listed."""

    def __init__(self, is_folder: bool) -> None:
        self._is_folder = is_folder

    def within(self, folder: str) -> Iterator[Found]:
        number = 0
        while True:
            number += 1
            yield Found(f"{folder}/{number}".lstrip("/"), None if self._is_folder else 0)

    def fill(self, target: Path, sizes: Mapping[str, int]) -> None:
        raise NotImplementedError

    def put(self, file: Path) -> None:
        raise NotImplementedError


@pytest.mark.parametrize("is_folder", [False, True])
def test_files_and_folders_are_bounded_before_any_is_copied(is_folder: bool) -> None:
    with pytest.raises(RefusedError, match="it has more than 2,000 files and folders"):
        store.listed(Endless(is_folder))


class Growing:
    """What MLflow's client of a store does where the store sends more than it listed; ended by the test."""

    def __init__(self, extra: str, ended: threading.Event) -> None:
        self._extra, self._ended = extra, ended

    def download_artifacts(self, path: str, target: str) -> None:
        (Path(target) / "MLmodel").write_bytes(b"x" * 10)
        if self._extra:
            (Path(target) / self._extra).write_bytes(b"x" * 11)
            self._ended.wait()


@pytest.mark.parametrize("extra", ["MLmodel", "another"])
def test_a_store_that_sends_more_than_it_listed_is_not_waited_for(tmp_path: Path, extra: str) -> None:
    ended = threading.Event()
    try:
        with pytest.raises(RefusedError, match="it grew while it was read"):
            Remote(cast(ArtifactRepository, Growing(extra, ended))).fill(tmp_path, {"MLmodel": 10})
    finally:
        ended.set()


def test_a_store_that_sends_too_slowly_is_not_waited_for(tmp_path: Path) -> None:
    ended = threading.Event()
    try:
        with pytest.raises(TimeoutError, match=r"it was not all here after 0\.01 s"):
            Remote(cast(ArtifactRepository, Growing("another", ended)), 0.01).fill(
                tmp_path, {"MLmodel": 10, "another": 99}
            )
    finally:
        ended.set()


def test_what_a_store_sends_as_listed_is_taken(tmp_path: Path) -> None:
    Remote(cast(ArtifactRepository, Growing("", threading.Event()))).fill(tmp_path, {"MLmodel": 10})
    assert (tmp_path / "MLmodel").stat().st_size == 10


def test_a_file_is_added_whole(files: Path, tmp_path: Path) -> None:
    (tmp_path / "sentistream-manifest.json").write_text("{}")
    Folder(files).put(tmp_path / "sentistream-manifest.json")
    assert (files / "sentistream-manifest.json").read_text() == "{}"
    assert len([*files.iterdir()]) == 3
