from dataclasses import dataclass
from typing import cast

from structlog.testing import capture_logs

from producer.publisher import Publisher
from producer.pulse import Pulse
from producer.settings import ProducerSettings


@dataclass
class Counters:
    """Those of a publisher."""

    in_flight: int = 0
    acknowledged: int = 0


def test_silence_in_two_looks_is_said_once_and_its_end_once() -> None:
    counters = Counters(in_flight=3)
    pulse = Pulse(ProducerSettings.from_options(), cast(Publisher, counters))
    with capture_logs() as logs:
        for _ in range(2):
            pulse.look()
        assert logs == []
        for _ in range(3):
            pulse.look()
        counters.acknowledged = 1
        for _ in range(2):
            pulse.look()
    assert [(each["log_level"], each["event"]) for each in logs] == [
        ("warning", "the broker acknowledges nothing; nothing is lost, reading waits"),
        ("info", "the broker acknowledges again"),
    ]
    assert logs[0]["unacknowledged"] == 3


def test_with_nothing_in_flight_silence_is_no_trouble() -> None:
    pulse = Pulse(ProducerSettings.from_options(), cast(Publisher, Counters()))
    with capture_logs() as logs:
        for _ in range(4):
            pulse.look()
    assert logs == []
