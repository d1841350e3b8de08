from structlog.testing import capture_logs

from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.upkeep import Upkeep
from tests.support.lake_rows import TOPIC, batch, empty_lake, tweet
from tests.support.small_disk import SmallDisk


def test_a_disk_without_room_for_a_merge_is_said_once_and_again_after_it_had_room(small_disk: SmallDisk) -> None:
    lake = empty_lake(small_disk.folder / "lake")
    sink = LakeSink(lake, TOPIC)
    upkeep = Upkeep(lake, seconds=1)
    for start in (0, 2):
        for number in (start, start + 1):
            sink.append(batch([tweet(number + 1)], start=number))
        small_disk.fill()
        with capture_logs() as logs:
            upkeep.round()
            upkeep.round()
        [warned] = [each for each in logs if each["log_level"] == "warning"]
        assert warned["table"] == "scored_tweets"
        assert "is full (" in warned["error"]
        small_disk.make_room()
        upkeep.round()
