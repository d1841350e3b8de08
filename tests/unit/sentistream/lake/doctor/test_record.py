"""What the doctor found is kept, for whoever shows it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.doctor import record
from sentistream.lake.doctor.finding import Finding, Verdict
from sentistream.lake.lake import Lake
from stream_processor.stream.sink.lake_sink import LakeSink
from tests.support.commands import run_here
from tests.support.lake_rows import BAD, TOPIC, batch, empty_lake, tweet

FOUND = (Finding("a promise", "silver/scored_tweets", Verdict.BROKEN, "1 row is gone\x1b[2J"),)


def test_a_record_is_read_as_it_was_kept_and_the_next_one_takes_its_place(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    assert record.last(lake) is None
    before = datetime.now(UTC).replace(microsecond=0)
    record.keep(lake, (), 1.0)
    record.keep(lake, FOUND, 12.34)
    last = record.last(lake)
    assert last is not None
    assert (last.findings, last.seconds, last.kept) == (FOUND, 12.3, False)
    assert before <= last.ended <= datetime.now(UTC)
    assert [each.name for each in (tmp_path / "_doctor").iterdir()] == ["last.json"]


@pytest.mark.parametrize(
    "written", [b"", b"{", b"[]", b'{"form": "sentistream.doctor/2"}', b'{"form": "sentistream.doctor/1"}']
)
def test_what_is_no_record_or_a_newer_versions_is_refused_in_a_sentence(tmp_path: Path, written: bytes) -> None:
    file = tmp_path / record.PLACE
    file.parent.mkdir()
    file.write_bytes(written)
    with pytest.raises(UserError, match="run `sentistream doctor`"):
        record.last(Lake(str(tmp_path)))


def test_the_command_keeps_what_it_found(tmp_path: Path) -> None:
    lake = empty_lake(tmp_path / "lake")
    LakeSink(lake, TOPIC).append(batch([tweet(1), BAD]))
    env = {"KAFKA_BOOTSTRAP_SERVERS": "localhost:1", "KAFKA_WAIT_SECONDS": "0", "LAKE_URI": lake.uri}
    ran = run_here("doctor", "--json", env=env)
    assert ran.returncode == 0, ran.stderr
    last = record.last(lake)
    assert last is not None
    assert last.kept
    assert "every record accounted for" in {each.promise for each in last.findings}
