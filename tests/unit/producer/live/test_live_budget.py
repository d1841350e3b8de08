import json
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.live.budget import Admission, Budget
from sentistream.errors import UserError
from tests.support.small_disk import SmallDisk

PRICE = Decimal("0.005")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


Open = Callable[..., Budget]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "producer" / "budget.json"


@pytest.fixture
def budget(file: Path, clock: Clock) -> Open:
    def opened(max_posts: int | None = 1000, max_cost: str | None = None, price: Decimal = PRICE) -> Budget:
        return Budget(file, price, max_posts, Decimal(max_cost) if max_cost else None, clock)

    return opened


def read(budget: Budget, ids: range) -> list[Admission]:
    return [budget.admit(post_id) for post_id in ids]


def test_a_repeated_post_costs_nothing_on_the_same_day(budget: Open) -> None:
    with budget() as counted:
        assert read(counted, range(1, 4)) == [Admission.NEW] * 3
        assert read(counted, range(2, 5)) == [Admission.REPEATED] * 2 + [Admission.NEW]
        assert counted.posts == 4
    with budget() as counted:
        assert read(counted, range(1, 6)) == [Admission.REPEATED] * 4 + [Admission.NEW]
        assert (counted.posts, counted.cost_usd) == (5, Decimal("0.025"))


def test_a_repeated_post_costs_again_on_the_next_utc_day(budget: Open, clock: Clock) -> None:
    with budget() as counted:
        read(counted, range(3))
        clock.now += timedelta(minutes=2)
        assert read(counted, range(3)) == [Admission.NEW] * 3
    clock.now += timedelta(days=1)
    with budget() as counted:
        assert counted.admit(1) is Admission.NEW
        assert counted.posts == 7


def test_a_post_without_an_id_always_costs(budget: Open) -> None:
    with budget() as counted:
        assert [counted.admit(None), counted.admit(None)] == [Admission.NEW] * 2
        assert counted.posts == 2


def test_the_cap_is_kept_over_restarts(budget: Open) -> None:
    for first, admitted in ((0, 6), (6, 4), (20, 0)):
        with budget(max_posts=10) as counted:
            fates = read(counted, range(first, first + 6))
            assert fates == [Admission.NEW] * admitted + [Admission.REFUSED] * (6 - admitted)
    with budget(max_posts=12) as counted:
        assert counted.left == 2


@given(price=st.decimals("0.0001", "1", places=4), cap=st.decimals("0.01", "2", places=2))
def test_the_cost_never_passes_its_cap(price: Decimal, cap: Decimal) -> None:
    counted = Budget(Path(os.devnull), price, 400, cap)
    most = counted.left
    assert most * price <= cap
    assert most == 400 or (most + 1) * price > cap


def test_another_price_leaves_what_was_spent_as_it_is(budget: Open) -> None:
    with budget() as counted:
        read(counted, range(10))
    with budget(None, "0.10", Decimal("0.02")) as counted:
        assert counted.cost_usd == Decimal("0.050")
        assert counted.left == 2


def read_until_killed(file: Path, report: "multiprocessing.connection.Connection") -> None:
    with Budget(file, PRICE, 1000, None) as counted:
        for post_id in range(537):
            counted.admit(post_id)
            report.send(post_id)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_run_has_counted_everything_it_read(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=read_until_killed, args=(file, sending))
    process.start()
    sending.close()
    reported = 0
    try:
        while True:
            receiving.recv()
            reported += 1
    except EOFError:
        process.join()
    assert process.exitcode == -signal.SIGKILL
    assert reported == 537
    with Budget(file, PRICE, 1000, None) as counted:
        assert reported <= counted.posts <= reported + 10, "what was set aside counts as read"


RUNS = st.lists(st.tuples(st.lists(st.integers(1, 30), max_size=20), st.booleans()), max_size=6)


@settings(max_examples=40)
@given(runs=RUNS, cap=st.integers(1, 60))
def test_however_runs_end_no_more_is_read_than_the_cap(runs: list[tuple[list[int], bool]], cap: int) -> None:
    read_in_all = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "budget.json"
        for ids, killed in runs:
            counted = Budget(file, PRICE, cap, None).__enter__()
            read_in_all += sum(counted.admit(post_id) is Admission.NEW for post_id in ids)
            if killed:
                counted._held.close()  # The system gives the lock back; nothing is written any more.
            else:
                counted.__exit__(None, None, None)
        with Budget(file, PRICE, cap, None) as counted:
            assert read_in_all <= counted.posts <= cap


def test_at_no_moment_does_the_file_say_less_than_was_read(budget: Open, file: Path) -> None:
    with budget(max_posts=300) as counted:
        for post_id in range(300):
            counted.admit(post_id)
            written = json.loads(file.read_bytes())
            assert counted.posts <= written["posts"] <= 300
            assert Decimal(written["cost_usd"]) >= counted.cost_usd


def test_nothing_stays_set_aside_after_a_proper_end(budget: Open, file: Path) -> None:
    with budget() as counted:
        read(counted, range(7))
    written = json.loads(file.read_bytes())
    assert (written["posts"], written["set_aside"], written["cost_usd"]) == (7, 0, "0.035")
    assert any("UTC day" in sentence for sentence in written["assumes"])
    assert counted.admit(99) is Admission.REFUSED, "nothing is counted after the file was given back"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2}',
        b'{"version": 1, "posts": -1, "utc_day": "2026-03-01", "saved_at": "2026-03-01T00:00:00Z"}',
        b'{"version": 1, "posts": 1, "utc_day": "2026-03-01", "saved_at": "2026-03-01T00:00:00Z", "ids_of_the_day": [1, 2]}',
    ],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(budget: Open, file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(UserError, match="is damaged"):
        budget().__enter__()
    assert file.read_bytes() == content


def test_two_processes_never_count_into_one_file(budget: Open) -> None:
    with budget(), pytest.raises(UserError, match=rf"Another producer \(process {os.getpid()}\)"):
        budget().__enter__()
    with budget():
        pass


def test_a_file_that_cannot_be_written_ends_the_reading(budget: Open, file: Path) -> None:
    with budget() as counted:
        blocked = file.with_name("budget.json.new")
        blocked.mkdir()
        for _ in range(2):
            with pytest.raises(UserError, match="can't be written"):
                counted.admit(1)
        blocked.rmdir()
        assert counted.admit(1) is Admission.NEW


def test_a_full_disk_ends_the_reading_and_room_lets_it_go_on(small_disk: SmallDisk) -> None:
    def opened() -> Budget:
        return Budget(small_disk.folder / "budget.json", PRICE, 100, None)

    with opened() as counted:
        assert counted.admit(1) is Admission.NEW
    with opened() as counted:
        small_disk.fill()
        with pytest.raises(UserError, match=r"nothing more is read: The disk of .* is full \([\d,]+ bytes free\)"):
            counted.admit(2)
        small_disk.make_room()
        assert counted.admit(2) is Admission.NEW
