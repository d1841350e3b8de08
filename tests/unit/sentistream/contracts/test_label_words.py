import pytest

from sentistream.contracts.label_words import SKIP, parse, plain, read
from sentistream.contracts.labels import NEGATIVE, NEUTRAL, POSITIVE
from sentistream.errors import UserError


def counted(*labels: str) -> dict[str, int]:
    return dict.fromkeys(labels, 3)


@pytest.mark.parametrize(
    ("labels", "meanings"),
    [
        (("-1", "0", "1"), (NEGATIVE, NEUTRAL, POSITIVE)),
        (("-1", "1"), (NEGATIVE, POSITIVE)),
        (("0", "1"), (NEGATIVE, POSITIVE)),
        (("0", "4"), (NEGATIVE, POSITIVE)),
        (("0", "2", "4"), (NEGATIVE, NEUTRAL, POSITIVE)),
        (("neg", "neutral", "positive"), (NEGATIVE, NEUTRAL, POSITIVE)),
    ],
)
def test_labels_are_read_by_the_set_of_all_values(labels: tuple[str, ...], meanings: tuple[str, ...]) -> None:
    reading = read(counted(*labels))
    assert not reading.problem
    assert tuple(reading.meanings[label] for label in labels) == meanings


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (("0", "1", "2"), ("0=negative, 1=neutral, 2=positive", "0=negative, 1=positive, 2=neutral")),
        (("1", "2"), ("1=negative, 2=positive", "1=neutral, 2=positive")),
        (("0", "2"), ("0=negative, 2=positive", "0=negative, 2=neutral")),
        (("1", "2", "3", "4", "5"), ("1=negative, 2=negative, 3=neutral, 4=positive, 5=positive",)),
        (("true", "false"), ("false=negative, true=positive",)),
        (("joy", "rage"), ("joy (3)", "rage (3)")),
        (("positive", "irrelevant"), ("irrelevant (3)", "irrelevant=skip")),
        (("7", "positive"), ("7 (3)",)),
    ],
)
def test_what_has_several_readings_is_refused_with_all_of_them(labels: tuple[str, ...], named: tuple[str, ...]) -> None:
    problem = read(counted(*labels)).problem
    assert "--labels" in problem
    assert all(reading in problem for reading in named), problem


def test_the_user_goes_first_and_known_words_stay_known() -> None:
    reading = read(counted("0", "1", "2", "positive", "odd"), parse("0=negative,1=neutral,2=pos,odd=skip"))
    assert not reading.problem
    assert reading.meanings == {"0": NEGATIVE, "1": NEUTRAL, "2": POSITIVE, "positive": POSITIVE, "odd": SKIP}


@pytest.mark.parametrize(
    ("written", "label"),
    [(" Positive ", "positive"), ("1.0", "1"), ("-1.00", "-1"), ("+1", "1"), ("NaN", ""), ("", ""), ("0.5", "0.5")],
)
def test_case_margins_and_a_floats_zeros_do_not_matter(written: str, label: str) -> None:
    assert plain(written) == label


@pytest.mark.parametrize("written", ["0", "0=good", "=positive=", "0:positive"])
def test_a_wrong_meaning_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(UserError, match="0=negative,1=neutral"):
        parse(written)
