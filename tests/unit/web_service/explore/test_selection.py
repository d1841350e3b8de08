from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web_service.explore import selection
from web_service.explore.selection import SENTIMENTS, Selection, UnclearError, parse

NEWEST = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
TEXT = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1, max_size=30
).filter(lambda text: text == text.strip() and text != "*")
MINUTES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
SELECTIONS = st.builds(
    lambda since, length, **others: Selection(since, since + length, **others),
    MINUTES,
    st.integers(1, 10_000).map(lambda minutes: timedelta(minutes=minutes)),
    languages=st.lists(TEXT, max_size=3, unique=True).map(tuple),
    rule=st.none() | TEXT,
    keyword=st.none() | TEXT,
    sentiment=st.none() | st.sampled_from(SENTIMENTS),
    version=st.none() | st.integers(1, 99_999),
)


def parsed(query: str) -> tuple[Selection, Selection | None]:
    return parse(parse_qsl(query, keep_blank_values=True), NEWEST)


@given(SELECTIONS, st.none() | SELECTIONS)
def test_an_address_says_the_whole_selection_and_what_it_is_held_against(
    chosen: Selection, other: Selection | None
) -> None:
    pairs = chosen.pairs() + ([] if other is None else other.pairs(selection.OTHER))
    found, found_other = parsed(urlencode(pairs))
    assert found == chosen
    if other is not None:
        # What the other's address does not name is as in the first.
        same = {
            name: getattr(other, name) or getattr(chosen, name)
            for name in ("languages", "rule", "keyword", "sentiment", "version")
        }
        assert found_other == Selection(other.since, other.until, **same)


def test_without_a_range_it_is_the_last_hour_that_there_is() -> None:
    assert parsed("")[0] == Selection(NEWEST - timedelta(hours=1), NEWEST)
    assert parsed("last=15m")[0].since == NEWEST - timedelta(minutes=15)
    assert parsed("last=7d&lang=es")[0] == Selection(NEWEST - timedelta(days=7), NEWEST, ("es",))


def test_a_range_grows_to_whole_minutes() -> None:
    found, _ = parsed("from=2026-03-04T10:00:30Z&to=2026-03-04T12:00:30%2B01:00")
    assert (found.since, found.until) == (NEWEST.replace(hour=10), NEWEST.replace(hour=11, minute=1))


def test_the_other_selection_takes_off_what_it_names_empty() -> None:
    chosen, other = parsed("q=train&lang=es&rule=metro&vs_q=&vs_lang=&vs_rule=strike")
    assert other == Selection(chosen.since, chosen.until, (), "strike")
    _, before = parsed("q=train&from=2026-03-04T10:00Z&to=2026-03-04T11:00Z&vs_from=2026-03-04T09:00Z")
    assert before is not None
    assert (before.since.hour, before.until.hour, before.keyword) == (9, 10, "train")


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "from=2026-03-04T11:00Z&to=2026-03-04T10:00Z",
        "from=0001-01-01",
        "from=1950-01-01&to=2026-01-01",
        "last=5",
        "last=99999999h",
        "sentiment=angry",
        "version=0",
        "version=1e3",
        "version=%D9%A3",
        "q=" + "a" * 201,
        "q=a%00b",
        "&".join(f"lang=l{number}" for number in range(21)),
    ],
)
def test_what_can_not_be_meant_is_refused_in_a_sentence(query: str) -> None:
    with pytest.raises(UnclearError, match=r"\.$"):
        parsed(query)


def test_all_tweets_are_no_rule() -> None:
    assert parsed("rule=*")[0].rule is None


def test_a_chip_takes_off_its_own_filter() -> None:
    chosen, _ = parsed("lang=es&lang=pt&rule=metro&q=tren&sentiment=negative&version=3")
    found = {(chip.name, chip.value): chip.without for chip in selection.chips(chosen)}
    assert found[("language", "es")].languages == ("pt",)
    assert found[("keyword", "tren")].keyword is None
    assert len(found) == 6
