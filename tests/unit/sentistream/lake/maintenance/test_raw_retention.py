from datetime import date, timedelta
from pathlib import Path

from sentistream.lake import doctor
from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import raw_retention
from sentistream.lake.schema.create import create
from sentistream.lake.tables import TABLES
from tests.support.bronze_rows import write
from tests.support.doctor import without_a_broker

DAY = date(2026, 1, 2)


def test_holes_of_days_that_go_are_counted_no_longer(tmp_path: Path) -> None:
    lake = Lake.at(str(tmp_path))
    for each in TABLES:
        create(lake, each)
    # Days of ten offsets each; the second day's go, too, up to a hole at its end.
    write(lake, [1, 2, 3, 8, 11, 12, 20, 25], 29, [(0, 1), (4, 8), (9, 11), (13, 20), (21, 25), (26, 30)])

    def complete() -> str:
        findings = doctor.examine(lake, without_a_broker(lake))
        [found] = [each for each in findings if each.promise == "bronze is complete"]
        assert found.verdict == "kept", found
        return found.found

    assert complete() == "8 of 8 records from offset 0 to 29, 22 offsets hold none"
    assert raw_retention.drop_raw(lake, DAY + timedelta(days=1)) == 1
    assert complete() == "4 of 4 records from offset 9 to 29, 17 offsets hold none"
    assert raw_retention.drop_raw(lake, DAY + timedelta(days=2)) == 1
    assert complete() == "2 of 2 records from offset 13 to 29, 15 offsets hold none"
    assert raw_retention.drop_raw(lake, DAY + timedelta(days=2)) == 0
