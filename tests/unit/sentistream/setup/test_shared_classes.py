from pathlib import Path

import pytest

from sentistream.setup import shared_classes


def test_an_archive_is_used_only_where_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTISTREAM_JARS", str(tmp_path))
    assert shared_classes.use("spark") == ()
    (tmp_path / "spark.jsa").touch()
    assert shared_classes.use("spark")[0] == f"-XX:SharedArchiveFile={tmp_path}/spark.jsa"


def test_a_path_with_a_blank_stays_one_option() -> None:
    assert shared_classes.joined(["-Xlog:cds=off", "-XX:SharedArchiveFile=/a b/spark.jsa"]) == (
        '-Xlog:cds=off "-XX:SharedArchiveFile=/a b/spark.jsa"'
    )
