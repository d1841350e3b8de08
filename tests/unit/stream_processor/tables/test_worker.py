import time
from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.kafka.connection import NoBrokerError
from stream_processor.tables import worker
from stream_processor.tables.worker import Duty, Keeper


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.0)


@pytest.mark.parametrize("failure", [OSError("the disk is away"), NoBrokerError("no broker answered")])
def test_what_fails_is_tried_again_and_holds_up_nothing_else(tmp_path: Path, failure: Exception) -> None:
    heartbeat = tmp_path / "heartbeat"
    healthy: list[bool] = []
    tried = 0

    def fails_twice() -> None:
        nonlocal tried
        tried += 1
        if tried <= 2:
            raise failure

    def other() -> None:
        healthy.append(heartbeat.exists())
        if len(healthy) == 5:
            keeper.stop()

    keeper = Keeper([Duty("one", 0, fails_twice), Duty("other", 0, other)], str(heartbeat))
    keeper.run()
    assert tried == 5
    assert healthy == [False, False, False, True, True]


def test_what_a_person_has_to_mend_ends_it() -> None:
    def refuses() -> None:
        raise UserError("records are gone")

    with pytest.raises(UserError, match="records are gone"):
        Keeper([Duty("one", 0, refuses)]).run()


def test_it_is_due_in_its_cadence_and_rests_as_long_as_it_took() -> None:
    quick, slow = Duty("quick", 60, lambda: None), Duty("slow", 0, lambda: time.sleep(0.2))
    for duty in (quick, slow):
        duty.do()
    assert 59 < quick.due - time.monotonic() <= 60
    assert 0.1 < slow.due - time.monotonic() <= 0.5
