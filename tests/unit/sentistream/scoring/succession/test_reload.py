import threading
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.scoring import registry, registry_connection
from sentistream.scoring.errors import NotLoadedError, SigningKeyError, UnreachableError
from sentistream.scoring.succession import reload
from sentistream.scoring.succession.reload import ChampionWatch
from sentistream.scoring.succession.standing import Standing
from sentistream.settings import RegistrySettings
from tests.support.registered import promote, register_a_name


@dataclass
class Watched:
    """A watch whose versions become scorers, or raise what is laid down for them."""

    settings: RegistrySettings
    wrong: dict[int, Exception] = field(default_factory=dict)
    tried: list[int] = field(default_factory=list)
    offered: list[int] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        serving = registry.resolve(self.settings)
        assert serving is not None
        self.standing = Standing(serving)
        self.watch = ChampionWatch(self.settings, self.standing, self.prepare, self.offer, self.ended)

    def prepare(self, model: ModelVersion) -> int:
        self.tried.append(model.version)
        if model.version in self.wrong:
            raise self.wrong[model.version]
        return model.version

    def offer(self, number: int) -> None:
        self.offered.append(number)

    def look_at(self, version: int, times: int = 2) -> None:
        promote(self.settings, version)
        for _ in range(times):
            self.watch.look()


def test_another_champion_is_offered_once(settings: RegistrySettings) -> None:
    watched = Watched(settings)
    for version in (1, 2, 1):
        watched.look_at(version)
    assert watched.offered == [2, 1]


def test_a_version_that_fails_is_refused_once_and_one_out_of_reach_tried_again(settings: RegistrySettings) -> None:
    third = register_a_name(settings)
    other = register_a_name(settings, "negative,positive,neutral")
    away = UnreachableError("The store does not answer.")
    watched = Watched(settings, {2: UserError("It scores plain sentences wrongly."), third: away})
    with capture_logs() as logs:
        watched.look_at(2)
        watched.look_at(third)
        watched.look_at(other)
        del watched.wrong[third]
        watched.look_at(third)
    assert watched.tried == [2, third, third, third]
    assert watched.offered == [third]
    assert watched.standing.refusals == 3
    reasons = [each["reason"] for each in logs if each["event"] == "model refused"]
    assert reasons[:2] == ["It scores plain sentences wrongly.", "The store does not answer."]
    assert "has the label map" in reasons[2]


def test_one_for_which_there_was_too_little_memory_is_tried_ever_more_seldom(
    settings: RegistrySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = NotLoadedError(registry.resolve_uri(settings, f"models:/{settings.model_name}/2"), "It was killed.")
    watched = Watched(settings, {2: killed})
    watched.look_at(2, times=3)
    assert watched.tried == [2]
    monkeypatch.setattr(reload, "LONGEST_PAUSE_SECONDS", 0.0)
    promote(settings, 1)
    watched = Watched(settings, {2: killed})
    watched.look_at(2, times=3)
    assert watched.tried == [2, 2, 2]


def test_a_key_that_can_not_be_read_is_no_fault_of_the_version(settings: RegistrySettings) -> None:
    watched = Watched(settings, {2: SigningKeyError("key (MODEL_SIGNING_KEY_FILE) can't be read: No such file.")})
    watched.look_at(2)
    watched.wrong.clear()
    watched.look_at(2)
    assert watched.tried == [2, 2, 2]
    assert watched.offered == [2]


def test_a_version_that_did_not_answer_and_then_is_refused_has_both_sentences(settings: RegistrySettings) -> None:
    watched = Watched(settings, {2: UnreachableError("The machine is too busy.")})
    with capture_logs() as logs:
        watched.look_at(2)
        watched.wrong[2] = UserError("It scores plain sentences wrongly.")
        watched.look_at(2)
    assert [each["reason"] for each in logs] == ["The machine is too busy.", "It scores plain sentences wrongly."]
    assert (watched.tried, watched.standing.refusals) == ([2, 2, 2], 1)


def test_what_a_stop_interrupts_refuses_nobody(settings: RegistrySettings) -> None:
    watched = Watched(settings, {2: UserError("The process that loaded it died.")})
    watched.ended.set()
    with capture_logs() as logs:
        watched.look_at(2)
    assert (watched.standing.refusals, logs) == (0, [])


def test_a_champion_that_is_gone_or_was_not_ours_leaves_the_old_one(settings: RegistrySettings) -> None:
    watched = Watched(settings)
    client = registry_connection.client(settings)
    foreign = client.create_model_version(settings.model_name, "/nowhere").version
    with capture_logs() as logs:
        watched.look_at(int(foreign))
        client.delete_registered_model_alias(settings.model_name, settings.model_alias)
        for _ in range(2):
            watched.watch.look()
    assert [each["event"] for each in logs] == ["model refused", "can't see the champion"]
    assert watched.offered == []
