import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import boto3
import obstore
import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.locks import lake_lock, lease
from sentistream.lake.locks.lake_lock import only_keeper, only_writer
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[5]
TAKEN = "{owner} has it"
SECONDS = 5.0
"""So long that a holder on a busy machine is not silent for all of it."""
HOLDER = "import sys, time; from sentistream.lake.locks import lease; from sentistream.lake.lake import Lake\nwith lease.held(sys.argv[1], '', Lake.at(sys.argv[1]).storage_options or {}, 5): print('held', flush=True); time.sleep(60)"


@pytest.fixture(autouse=True)
def stopped() -> Iterator[threading.Event]:
    """Set when this process is told to stop."""
    told = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: told.set())
    yield told
    signal.signal(signal.SIGTERM, before)


def held(location: str, taken: str, seconds: float = lease.SECONDS) -> AbstractContextManager[None]:
    return lease.held(location, taken, Lake.at(location).storage_options or {}, seconds)


def keys(bucket: str) -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=bucket.removeprefix("s3://"))
    return [each["Key"] for each in listed.get("Contents", [])]


def test_a_second_holder_is_refused_while_the_first_lives(bucket: str) -> None:
    with held(f"{bucket}/x/lock", TAKEN, SECONDS):
        with pytest.raises(UserError, match=r"\d+ on .* has it"), held(f"{bucket}/x/lock", TAKEN, SECONDS):
            pass
        with held(f"{bucket}/x/other", TAKEN, SECONDS):
            pass
        assert keys(bucket) == ["x/lock"]
    assert keys(bucket) == []


def test_what_a_killed_holder_held_is_taken_once_by_one(bucket: str) -> None:
    location = f"{bucket}/lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, location], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.wait()
    ended, taken, refused = threading.Event(), [], []

    def take() -> None:
        try:
            with held(location, TAKEN, SECONDS):
                taken.append(location)
                ended.wait(60)
        except UserError as other:
            refused.append(str(other))

    rivals = [threading.Thread(target=take) for _ in range(4)]
    for rival in rivals:
        rival.start()
    wait_until(lambda: len(taken) + len(refused) == 4)
    ended.set()
    for rival in rivals:
        rival.join()
    assert (len(taken), len(refused)) == (1, 3)


def test_a_holder_whose_lease_was_taken_is_stopped(bucket: str, stopped: threading.Event) -> None:
    with pytest.raises(UserError, match="somebody has it"), held(f"{bucket}/lock", TAKEN, SECONDS):  # noqa: PT012 - what is stopped
        other = b'{"owner": "somebody", "id": "another"}'
        boto3.client("s3").put_object(Bucket=bucket.removeprefix("s3://"), Key="lock", Body=other)
        assert stopped.wait(60)
    assert keys(bucket) == ["lock"]


def test_a_store_that_ignores_conditions_is_refused(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put = obstore.put
    monkeypatch.setattr(lease.obstore, "put", lambda store, key, content, mode: put(store, key, content))
    with pytest.raises(UserError, match="ignores conditional writes"), held(f"{bucket}/lock", TAKEN):
        pass


def test_a_store_that_refuses_is_named(bucket: str) -> None:
    with pytest.raises(UserError, match="can't be written"), held(f"{bucket}-absent/lock", TAKEN):
        pass


def test_a_lease_says_who_holds_it_and_what_that_noted(bucket: str) -> None:
    lake = Lake.at(f"{bucket}/lake")
    with only_writer(lake, "tweets", "right"), only_writer(lake, "more", "other"), only_keeper(lake):
        without = lake_lock.without_key(lake, "right")
        assert [each.partition(" (process ")[0] for each in without] == [
            "`stream_processor tables`",
            "the processor of more",
        ]
    assert lake_lock.without_key(lake, "right") == []
