import threading
import time
from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.kafka.connection import NoBrokerError
from stream_processor.tables import duties
from stream_processor.tables.duties import Duty, Keeper


class PanicError(BaseException):
    """As delta-rs's own is: no Exception."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(duties, "RETRY_SECONDS", 0.0)


@pytest.mark.parametrize(
    "failure", [OSError("the disk is away"), NoBrokerError("no broker answered"), PanicError("a panic")]
)
def test_what_fails_is_tried_again_and_holds_up_nothing_else(tmp_path: Path, failure: BaseException) -> None:
    heartbeat = tmp_path / "heartbeat"
    mended = threading.Event()
    tried, done_meanwhile, healthy_meanwhile = [0], [0], []

    def fails() -> None:
        tried[0] += 1
        if not mended.is_set():
            raise failure

    def other() -> None:
        if not mended.is_set():
            done_meanwhile[0] += 1
            healthy_meanwhile.append(heartbeat.exists())
            if tried[0] >= 3 and done_meanwhile[0] >= 3:
                mended.set()
        elif heartbeat.exists():
            keeper.stop()

    keeper = Keeper([[Duty("one", 0, fails), Duty("other", 0, other)]], str(heartbeat))
    keeper.run()
    assert tried[0] > 3
    assert not any(healthy_meanwhile)


def test_a_lane_does_not_wait_for_another(tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    release = threading.Event()
    seen: list[bool] = []

    def other() -> None:
        seen.append(heartbeat.exists())
        if len(seen) == 5:
            release.set()
            keeper.stop()

    keeper = Keeper([[Duty("slow", 0, release.wait)], [Duty("other", 0, other)]], str(heartbeat))
    keeper.run()
    # A lane that does not come back is no sign of life.
    assert seen == [False] * 5


def test_what_a_person_has_to_mend_ends_it_and_the_other_lanes_with_it() -> None:
    def refuses() -> None:
        raise UserError("records are gone")

    with pytest.raises(UserError, match="records are gone"):
        Keeper([[Duty("one", 0, refuses)], [Duty("other", 0, lambda: None)]]).run()


def test_it_is_due_in_its_cadence_and_rests_as_long_as_it_took() -> None:
    quick, slow = Duty("quick", 60, lambda: None), Duty("slow", 0, lambda: time.sleep(0.2))
    for duty, rests in ((quick, 60.0), (slow, 0.2)):
        before = time.monotonic()
        duty.do()
        after = time.monotonic()
        assert before + rests <= duty.due <= after + max(rests, after - before)
