import os
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock
from sentistream.process.file_lock import TakenError
from stream_processor.tables import turn
from stream_processor.tables.turn import own_turn


def test_an_earlier_keeper_is_named_and_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn, "LOOK_SECONDS", 0.01)
    lake = Lake(str(tmp_path))
    said, begun = threading.Event(), threading.Event()
    keeper = lake_lock.keeper

    def asked(of: Lake) -> str | None:
        holder = keeper(of)
        said.set()
        return holder

    monkeypatch.setattr(lake_lock, "keeper", asked)

    def wait() -> None:
        with own_turn(lake, "", waiting=True):
            begun.set()

    waiting = threading.Thread(target=wait)
    with capture_logs() as lines:
        with lake_lock.only_keeper(lake):
            taken = f"Another process \\({os.getpid()}\\) keeps the tables of"
            with pytest.raises(TakenError, match=taken), own_turn(lake, "", waiting=False):
                pass
            waiting.start()
            assert said.wait(60)
            assert not begun.is_set()
        waiting.join(60)
    assert begun.is_set()
    assert [line["process"] for line in lines] == [str(os.getpid())]
