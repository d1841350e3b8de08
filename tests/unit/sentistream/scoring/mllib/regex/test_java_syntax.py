"""Our reader of patterns against Python's own, where the two languages agree."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.regex.java_syntax import parsed
from sentistream.scoring.mllib.regex.program import is_set
from sentistream.scoring.mllib.regex.tree import Repeat, Set
from tests.support.patterns import matches

characters = st.sampled_from([*"abc-:/é_ 1", r"\.", r"\\", r"\n", r"\x41", r"\u00e9", r"\-", r"\&"])
members = st.sampled_from(["a-c", "0-9", r"\w", r"\s", r"\D", r"\]", "a", "é", ":", r"\\", ".", "(", "|", "$"])
sets = st.builds(
    "[{}{}{}]".format,
    st.sampled_from(["", "^"]),
    st.lists(members, min_size=1).map("".join),
    st.sampled_from(["", "-"]),
)
classes = st.sampled_from([r"\s", r"\S", r"\d", r"\D", r"\w", r"\W"])
ones = characters | sets | classes
looks = st.builds("({}{})".format, st.sampled_from(["?=", "?!"]), ones)
quantifiers = st.sampled_from(["", "", "", "+", "?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{1,}"])


def longer(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = st.builds("({}{})".format, st.sampled_from(["", "?:"]), inner)
    choices = st.builds("(?:{}|{})".format, inner, inner)
    return st.lists(st.builds("{}{}".format, groups | choices | ones, quantifiers), min_size=1, max_size=2).map("".join)


patterns = st.builds("{}{}".format, st.recursive(ones, longer, max_leaves=4), st.just("") | looks)
texts = st.lists(st.text("abcdAé1_-.:/\\ \n]&", max_size=12), min_size=1, max_size=5)
symbols = st.text("ab().[]{}*+?|\\^$-:=!<&12,sdwxu", min_size=1, max_size=9)


def found_by_re(pattern: str, text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(pattern, text, re.ASCII)]


@settings(deadline=None)
@given(patterns, texts)
def test_the_whole_subset_is_read_and_matches_what_a_backtracking_engine_matches(
    pattern: str, texts: list[str]
) -> None:
    parsed(pattern)
    try:
        found = matches(pattern, texts)
    except CannotCompileError:  # it is read, and may match nothing
        assume(False)
    assert found == [found_by_re(pattern, text) for text in texts]


@settings(deadline=None)
@given(symbols, texts)
def test_whatever_else_is_taken_matches_alike(pattern: str, texts: list[str]) -> None:
    try:
        found = matches(pattern, texts)
    except CannotCompileError:
        return
    assert found == [found_by_re(pattern, text) for text in texts]


@pytest.mark.parametrize(
    ("pattern", "ranges"),
    [
        ("[a-c]", ((97, 99),)),
        ("[^b]+", ((0, 97), (99, 0x10FFFF))),
        ("(?:a|b)", ((97, 98),)),
        (r"\x{1f600}", ((0x1F600, 0x1F600),)),
        (r"\s+?", None),
        ("ab", None),
        ("(a)", None),
    ],
)
def test_a_set_or_a_greedy_run_of_one_is_known(pattern: str, ranges: object) -> None:
    assert is_set(pattern) == ranges


def test_a_repetition_says_how_often_and_which_it_prefers() -> None:
    b = Set(((98, 98),))
    assert parsed("b{2,3}?b+b{4,}b?") == (
        Repeat((b,), 2, 3, greedy=False),
        Repeat((b,), 1, None, greedy=True),
        Repeat((b,), 4, None, greedy=True),
        Repeat((b,), 0, 1, greedy=True),
    )
