"""The verdict on a chaos run, and where it kills."""

import pytest

from tests.chaos import processor
from tests.chaos.verify import by_another_order


def test_a_dead_letter_is_excused_only_where_its_id_has_two_texts_on_the_topic() -> None:
    tweets = {(0, 0): (1, "a"), (0, 1): (1, "b"), (0, 2): (2, "c"), (1, 0): (2, "c"), (1, 1): (3, "d")}
    assert by_another_order({(0, 0), (0, 2), (1, 0), (1, 1), (9, 9)}, tweets) == {(0, 0)}


@pytest.mark.parametrize("point", processor.POINTS)
def test_each_crash_point_is_a_place_of_the_processor(point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    armed = []
    monkeypatch.setattr(processor, "die_at", lambda owner, name, *_: armed.append(getattr(owner, name)))
    processor.arm(f"{point}:1")
    assert len(armed) == 1
