import hashlib
import shutil
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.process.retry import StoppedError
from sentistream.scoring import registry
from sentistream.scoring.errors import NotLoadedError, UnfitError, UnreachableError
from stream_processor.settings import ProcessorSettings
from stream_processor.stream.placement import OnDriver
from stream_processor.stream.sink.lake_sink import LakeSink
from stream_processor.stream.succession import stand_in
from stream_processor.stream.succession.served_versions import Served
from stream_processor.stream.succession.stand_in import Succession
from tests.support.lake_rows import TOPIC, batch, empty_lake, tweet
from tests.support.registered import promote, register_a_name
from tests.support.scorers import FunctionScorer
from tests.support.waiting import wait_until


def certain(_: str) -> tuple[float, float]:
    return 0.1, 0.9


def files_of(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


@dataclass
class Found:
    """A succession over a registry with versions 1 and 2, whose champion is 2, and a lake that 1 has served."""

    settings: ProcessorSettings
    folder: Path
    wrong: dict[int, Exception] = field(default_factory=dict)
    tried: list[int] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    hangs: dict[int, threading.Event] = field(default_factory=dict)
    """Version → until when its preparation takes."""

    def __post_init__(self) -> None:
        promote(self.settings, 2)
        self.lake: Lake = empty_lake(self.folder)
        self.succession = Succession(self.settings, self.lake, self.prepare)

    def served(self, number: int, start: int = 0) -> None:
        LakeSink(self.lake, TOPIC).append(batch([tweet(start + 1)], start=start), Served(self.loaded(number)))

    def registered(self, number: int) -> ModelVersion:
        return registry.resolve_uri(self.settings, f"models:/{self.settings.model_name}/{number}")

    def loaded(self, number: int) -> ModelVersion:
        return replace(self.registered(number), digest=files_of(number))

    def prepare(self, model: ModelVersion) -> OnDriver:
        self.tried.append(model.version)
        if model.version in self.hangs:
            self.hangs[model.version].wait(60)
        if model.version in self.wrong:
            raise self.wrong[model.version]
        return OnDriver(FunctionScorer(self.loaded(model.version), certain))

    def offer(self, number: int) -> None:
        """As the watch beside the stream does."""
        self.succession.standing.serve(self.registered(number))
        self.succession.offers.put(self.prepare(self.registered(number)))

    def refusal(self, number: int = 2) -> UnfitError:
        return UnfitError(self.registered(number), f"Version {number} scores plain sentences wrongly.")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stand_in, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(stand_in, "NOTICED_SECONDS", 0.01)


@pytest.fixture
def found(settings: ProcessorSettings, tmp_path: Path) -> Found:
    return Found(settings.model_copy(update={"champion_wait_seconds": 60.0}), tmp_path / "lake")


def test_a_start_whose_champion_is_refused_goes_on_with_the_version_that_served_last(found: Found) -> None:
    found.served(1)
    with capture_logs() as logs:
        placement = found.succession.instead_of(found.refusal(), found.stopping)
    assert placement.scorer.version.version == 1
    assert found.succession.standing.serving == placement.scorer.version
    [said] = logs
    assert said["reason"] == "Version 2 scores plain sentences wrongly."
    assert said["serving"].endswith("/1")


def test_one_that_could_not_be_loaded_at_the_start_lets_the_one_before_serve_and_may_come_yet(found: Found) -> None:
    found.served(1)
    champion = found.registered(2)
    placement = found.succession.instead_of(NotLoadedError(champion, "It was killed."), found.stopping)
    assert placement.scorer.version.version == 1
    found.succession.watch.look()
    assert found.succession.offers.get().scorer.version.version == 2


def test_where_the_unfit_version_served_last_the_one_before_it_serves(found: Found) -> None:
    found.served(1)
    found.served(2, start=1)
    assert found.succession.after(found.refusal(), found.stopping).scorer.version.version == 1
    assert found.tried == [1]


def test_where_none_has_served_it_waits_in_one_sentence_until_another_is_champion(found: Found) -> None:
    later = threading.Timer(0.5, promote, (found.settings, 1))
    later.start()
    with capture_logs() as logs:
        placement = found.succession.after(found.refusal(), found.stopping)
    assert (placement.scorer.version.version, found.tried) == (1, [1])
    assert [(each["event"], each["serving"]) for each in logs if each["log_level"] == "error"] == [
        ("model refused", "none, until another version is champion")
    ]


def test_a_version_that_served_without_a_record_of_its_files_does_not_stand_in(found: Found) -> None:
    model = replace(found.loaded(1), digest="")
    LakeSink(found.lake, TOPIC).append(batch([tweet(1)]), Served(model))
    found.settings = found.settings.model_copy(update={"champion_wait_seconds": 0.0})
    found.succession = Succession(found.settings, found.lake, found.prepare)
    with pytest.raises(UserError, match=r"Version 2 scores .* No other version was .*@champion after 0 s"):
        found.succession.instead_of(found.refusal(), found.stopping)
    assert found.tried == []


def test_what_does_not_answer_is_asked_again_and_what_is_refused_is_not(found: Found) -> None:
    found.served(third := register_a_name(found.settings))
    found.served(1, start=1)
    found.wrong = {1: UnreachableError("The store does not answer."), third: found.refusal(third)}

    def come_back() -> None:
        wait_until(lambda: found.tried.count(1) > 1)
        del found.wrong[1]

    coming_back = threading.Thread(target=come_back)
    coming_back.start()
    with capture_logs() as logs:
        placement = found.succession.after(found.refusal(), found.stopping)
    coming_back.join()
    assert placement.scorer.version.version == 1
    assert found.tried.count(1) > 1
    assert found.tried.count(third) == 1
    assert [each["log_level"] for each in logs] == ["warning", "warning", "error"]


def test_unusable_tags_leave_the_version_that_served_last(found: Found) -> None:
    found.served(1)
    refusal = UserError("models:/m/2 has no usable tag 'label_map'.")
    assert found.succession.instead_of(refusal, found.stopping).scorer.version.version == 1


def test_a_stop_ends_the_wait_at_once(found: Found) -> None:
    threading.Timer(0.3, found.stopping.set).start()
    started = time.monotonic()
    with pytest.raises(StoppedError):
        found.succession.after(found.refusal(), found.stopping)
    assert time.monotonic() - started < 30


def test_a_mended_tag_is_looked_at_again_and_a_served_unfit_version_never(found: Found) -> None:
    third = register_a_name(found.settings)
    found.served(1)
    found.succession.instead_of(found.refusal(2), found.stopping)
    standing = found.succession.standing
    assert standing.is_refused(found.registered(2))
    assert not standing.is_refused(replace(found.registered(2), languages=("es",)))
    found.succession.after(found.refusal(third), found.stopping)
    assert standing.is_refused(replace(found.loaded(third), languages=("es",)))


def test_another_champion_serves_where_the_look_for_the_last_one_hangs(found: Found) -> None:
    found.served(1)
    third, hangs = register_a_name(found.settings), threading.Event()
    found.hangs[1] = hangs
    with capture_logs() as logs:
        later = threading.Timer(0.3, found.offer, [third])
        later.start()
        placement = found.succession.after(found.refusal(), found.stopping)
        hangs.set()
        time.sleep(0.3)
    assert placement.scorer.version.version == third
    standing = found.succession.standing
    assert standing.serving is not None
    assert standing.serving.version == third
    assert [each["serving"] for each in logs if each["event"] == "model refused"] == [placement.scorer.version.uri]


def test_where_the_lake_does_not_answer_the_champion_is_looked_for_and_the_wait_ends(found: Found) -> None:
    shutil.rmtree(found.lake.uri)
    promote(found.settings, 1)
    assert found.succession.after(found.refusal(), found.stopping).scorer.version.version == 1
    hasty = found.settings.model_copy(update={"champion_wait_seconds": 0.0})
    promote(found.settings, 2)
    with pytest.raises(UserError, match="No other version was"):
        Succession(hasty, found.lake, found.prepare).instead_of(found.refusal(), found.stopping)


def test_a_champion_that_is_being_prepared_at_the_end_of_the_wait_serves(found: Found) -> None:
    promote(found.settings, 1)
    found.hangs[1] = hangs = threading.Event()
    hasty = found.settings.model_copy(update={"champion_wait_seconds": 0.0})
    succession = Succession(hasty, found.lake, found.prepare)
    beside = threading.Thread(target=succession.watch.look)
    beside.start()
    wait_until(lambda: found.tried == [1])
    threading.Timer(0.5, hangs.set).start()
    assert succession.after(found.refusal(), found.stopping).scorer.version.version == 1
    beside.join()


def test_a_stream_keeps_its_label_map_while_none_serves(found: Found) -> None:
    other = register_a_name(found.settings, "negative,positive,neutral")
    standing = found.succession.standing
    standing.serve(found.registered(2))
    standing.serve(None)
    promote(found.settings, other)
    found.succession.watch.look()
    assert found.tried == []
    assert found.succession.offers.empty()
