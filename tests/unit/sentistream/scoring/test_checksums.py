from pathlib import Path

import pytest

from sentistream.scoring import checksums


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("MLmodel", "sparkml/data/part-0", "sparkml/metadata/a name"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode() * 100)
    checksums.write(tmp_path)
    return tmp_path


def test_a_whole_copy_holds(copy: Path) -> None:
    assert checksums.digest(copy)
    (copy / "of somebody else").touch()
    assert checksums.digest(copy)


@pytest.mark.parametrize("harm", ["cut", "changed", "deleted", "unlisted", "no list", "no text", "no file"])
def test_a_harmed_copy_is_known(copy: Path, harm: str) -> None:
    file = copy / "sparkml" / "data" / "part-0"
    content = file.read_bytes()
    if harm == "cut":
        file.write_bytes(content[:-1])
    elif harm == "changed":
        file.write_bytes(content[:-1] + b"?")
    elif harm == "deleted":
        file.unlink()
    elif harm == "unlisted":
        (copy / checksums.LIST).write_text("")
    else:
        (copy / checksums.LIST).unlink()
        if harm == "no text":
            (copy / checksums.LIST).write_bytes(b"\xff\xfe")
        elif harm == "no file":
            (copy / checksums.LIST).mkdir()
    assert not checksums.digest(copy)


def test_what_was_never_downloaded_does_not_hold(tmp_path: Path) -> None:
    assert not checksums.digest(tmp_path / "nothing")
