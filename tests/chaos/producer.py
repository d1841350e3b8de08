"""Sends the seeded stream through the real publisher; killed and started again, it goes back and resends."""

import sys
from pathlib import Path

from producer.pacing import Pace
from producer.publisher import Publisher
from producer.settings import ProducerSettings
from tests.chaos.stream import BLOCK, Stream

RESENT = 3 * BLOCK
"""How far a restarted producer goes back: a whole range comes again."""


def main(state: Path, seed: int, records: int, rate: float) -> int:
    """Send everything; the state file says up to where all is acknowledged."""
    settings = ProducerSettings.from_options(rate=rate, delivery_timeout_seconds=300)
    stream = Stream(seed, records)
    start = max(int(state.read_text()) - RESENT, 0) if state.exists() else 0
    with Publisher(settings) as publisher:
        for number, index in enumerate(Pace().at_rate(stream.order(start), settings.rate), 1):
            publisher.publish(stream.record(index))
            if number % BLOCK == 0:
                publisher.flush()
                if publisher.failed:
                    return 1
                state.write_text(str(start // BLOCK * BLOCK + number))
    if publisher.failed:
        return 1
    state.write_text("done")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
