import os
from pathlib import Path

import pytest

from sentistream.scoring.artefact import manifest
from sentistream.scoring.errors import RefusedError

FILES = ("MLmodel", "sparkml/data/part-0", "sparkml/metadata/a näme")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * 100)
    (tmp_path / manifest.NAME).write_bytes(manifest.of(tmp_path).encoded)
    return tmp_path


def test_a_manifest_is_read_as_it_was_written(copy: Path) -> None:
    there = manifest.of(copy)
    assert set(there.files) == set(FILES)
    assert manifest.parse(there.encoded) == there
    assert manifest.held(copy) == there.digest


def test_the_digest_does_not_depend_on_the_order_in_which_files_are_met(copy: Path) -> None:
    there = manifest.of(copy)
    assert manifest.Manifest(dict(reversed(there.files.items()))).digest == there.digest


def test_what_mlflow_itself_writes_beside_a_version_changes_nothing(copy: Path) -> None:
    before = manifest.held(copy)
    (copy / "registered_model_meta").write_text("model_name: tweets\n")
    assert manifest.held(copy) == before is not None
    (copy / "sparkml" / "registered_model_meta").touch()
    assert manifest.held(copy) is None


@pytest.mark.parametrize("harm", ["cut", "changed", "deleted", "added", "unlisted", "no list", "no text", "no file"])
def test_a_harmed_copy_is_known(copy: Path, harm: str) -> None:
    file, listed = copy / "sparkml" / "data" / "part-0", copy / manifest.NAME
    content = file.read_bytes()
    if harm == "cut":
        file.write_bytes(content[:-1])
    elif harm == "changed":
        file.write_bytes(content[:-1] + b"?")
    elif harm == "deleted":
        file.unlink()
    elif harm == "added":
        (copy / "of somebody else").touch()
    elif harm == "unlisted":
        listed.write_bytes(manifest.Manifest({}).encoded)
    elif harm == "no text":
        listed.write_bytes(b"\xff\xfe")
    else:
        listed.unlink()
        if harm == "no file":
            listed.mkdir()
    assert manifest.held(copy) is None


def test_what_was_never_copied_does_not_hold(tmp_path: Path) -> None:
    assert manifest.held(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (lambda files: files.pop("b"), "file b is missing"),
        (lambda files: files.update(c=manifest.Entry(0, "")), "file c was added since it was registered"),
        (lambda files: files.update(b=manifest.Entry(2, "y")), "file b isn't what was registered"),
        (lambda files: None, None),
    ],
)
def test_the_first_file_that_differs_is_named(change: object, difference: str | None) -> None:
    listed = {"a": manifest.Entry(1, "x"), "b": manifest.Entry(2, "x")}
    there = dict(listed)
    assert callable(change)
    change(there)
    assert manifest.Manifest(listed).difference(manifest.Manifest(there)) == difference


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"[]",
        b'{"files": 1}',
        b'{"files": [1]}',
        b'{"files": [{"path": "a", "size": 1}]}',
        b'{"files": [{"path": 1, "size": 1, "sha256": ""}, {"path": "a", "size": 1, "sha256": ""}]}',
        b'{"manifest": 1, "files": [{"path": "../a", "size": 1, "sha256": "x"}]}\n',
        b'{"files": [], "manifest": 1}\n',
        b"[" * 100_000,
    ],
)
def test_what_is_no_manifest_is_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match="it "):
        manifest.parse(written)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "..",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        "a\\b",
        "a\nb",
        "\x1b[2J",
        "a\u202eb",
        "\udc80",
        "a" * 1001,
    ],
)
def test_a_path_that_is_none_below_an_artefact_is_refused_and_not_printed_as_it_is(path: str) -> None:
    with pytest.raises(RefusedError, match="is no path of a file below an artefact") as refused:
        manifest.require_path(path)
    assert str(refused.value).isprintable()


def test_links_and_devices_are_no_files(copy: Path) -> None:
    (copy / "link").symlink_to("/etc/hostname")
    with pytest.raises(RefusedError, match="link is a link or a device"):
        manifest.of(copy)
    (copy / "link").unlink()
    os.mkfifo(copy / "sparkml" / "pipe")
    with pytest.raises(RefusedError, match="sparkml/pipe is a link or a device"):
        manifest.of(copy)
