import gzip
import io
import os
import threading
from pathlib import Path

import pytest

from sentistream.files.content import spool
from sentistream.files.content.inputs import local
from sentistream.files.deciding import decide
from sentistream.files.options import FileOptions
from sentistream.files.reading import read

ROWS = "id,text\n" + "".join(f"{900000000000000017 + number},row {number} is warm\n" for number in range(2000))
LINES = "[" + ",\n".join(f'{{"id": "{900000000000000017 + number}", "text": "warm"}}' for number in range(2000)) + "]"


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_pipe_that_is_stored_can_be_read_again(pipe: Path) -> None:
    writer = threading.Thread(target=lambda: pipe.write_text(ROWS))
    writer.start()
    stored = spool.stored(local(pipe))
    writer.join()
    for _ in range(2):
        with stored.open() as stream:
            assert stream.read().decode() == ROWS
    assert stored.size == len(ROWS)


@pytest.mark.parametrize("content", [ROWS.encode(), gzip.compress(ROWS.encode()), LINES.encode()])
@pytest.mark.parametrize("kept", [4096, 1 << 20])
def test_a_pipe_is_decided_by_its_beginning_and_read_whole(
    pipe: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, kept: int
) -> None:
    monkeypatch.setattr(spool, "SPOOLED_BYTES", kept)
    monkeypatch.setattr(spool, "CHUNK_BYTES", 1024)
    writer = threading.Thread(target=lambda: pipe.write_bytes(content))
    writer.start()
    look, whole, complete = spool.spooled(local(pipe))
    decided = decide(look, FileOptions())
    assert complete == (kept > len(content))
    assert 0 < decided.rows <= 2000
    assert len(list(read(whole, decided.decision))) == 2000
    writer.join()


def test_what_is_told_by_its_end_is_waited_for(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import zipfile

    monkeypatch.setattr(spool, "SPOOLED_BYTES", 10)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", ROWS)
    writer = threading.Thread(target=lambda: pipe.write_bytes(packed.getvalue()))
    writer.start()
    look, _, complete = spool.spooled(local(pipe))
    assert complete
    assert decide(look, FileOptions()).rows == 2000
    writer.join()
