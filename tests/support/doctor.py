"""The doctor on a lake alone."""

from sentistream.lake.lake import Lake
from sentistream.settings import DoctorSettings


def without_a_broker(lake: Lake) -> DoctorSettings:
    nowhere = {"kafka_bootstrap_servers": "localhost:1", "kafka_wait_seconds": 0}
    return DoctorSettings.from_options(lake_uri=lake.uri, **nowhere)
