"""The verdict on a chaos run."""

from tests.chaos.verify import by_another_order


def test_a_dead_letter_is_excused_only_where_its_id_has_two_texts_on_the_topic() -> None:
    tweets = {(0, 0): (1, "a"), (0, 1): (1, "b"), (0, 2): (2, "c"), (1, 0): (2, "c"), (1, 1): (3, "d")}
    assert by_another_order({(0, 0), (0, 2), (1, 0), (1, 1), (9, 9)}, tweets) == {(0, 0)}
