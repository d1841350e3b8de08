from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.erasure.requests import Subjects
from sentistream.lake.erasure.subjects import gathered


def test_options_and_file_are_joined(tmp_path: Path) -> None:
    file = tmp_path / "subjects"
    file.write_text("7\n\n  author:5 \r\n0008\n")
    assert gathered([1], [2], file) == Subjects(frozenset({1, 7, 8}), frozenset({2, 5}))


@pytest.mark.parametrize(
    "garbage", ["seven", "author:", "author: 5", "-1", "0", "9223372036854775808", "\u0667", "1 2", "\udcff"]
)
def test_garbage_is_named_by_file_and_line_and_not_repeated(tmp_path: Path, garbage: str) -> None:
    file = tmp_path / "subjects"
    file.write_text(f"7\n{garbage}\n", errors="surrogateescape")
    with pytest.raises(UserError, match=rf"--file {file}, line 2: neither") as refused:
        gathered([], [], file)
    assert refused.value.exit_code == 2


def test_nothing_to_forget_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    for file in (None, empty):
        with pytest.raises(UserError, match="Say what to forget"):
            gathered([], [], file)
    with pytest.raises(UserError, match="can't be read"):
        gathered([], [], tmp_path / "none")
    with pytest.raises(UserError, match="--tweet-id 0"):
        gathered([0], [], None)
