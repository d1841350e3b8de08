import signal
import subprocess
import sys

import pytest

from sentistream.kafka.embedded_broker import free_port
from tests.support.places import ROOT


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_for_a_broker(number: signal.Signals) -> None:
    servers = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "producer", "synthetic", "--kafka-bootstrap-servers", servers]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr is not None
        while "waiting for the Kafka broker" not in (line := waiting.stderr.readline()):
            assert line, "it ended by itself"
        waiting.send_signal(number)
        # KAFKA_WAIT_SECONDS is 120: by itself it would wait until then, and end with 1.
        assert waiting.wait(60) == 130
        assert "Traceback" not in waiting.stderr.read()
