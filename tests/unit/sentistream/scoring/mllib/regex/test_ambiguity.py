"""A pattern that Spark has to look for is read in few ways: Java tries one after the other."""

import pytest

from sentistream.scoring.mllib.regex.ambiguity import has_few_ways
from sentistream.scoring.mllib.regex.program import compile_pattern
from trainer.features.cleaning import LETTER, REPLACEMENTS, SYMBOL, TOKEN

OURS = [*REPLACEMENTS, (TOKEN, ""), (rf"[^{LETTER}'!?.{SYMBOL}]+", "_"), (r"[^\s]", ""), (r"\s+", "")]


@pytest.mark.parametrize(("pattern", "by"), OURS)
def test_what_the_trainer_writes_is_read_in_few_ways(pattern: str, by: str) -> None:
    assert has_few_ways(compile_pattern(pattern, by))


@pytest.mark.parametrize("pattern", ["(a+)+b", "(?:a?){30}a{30}", "a*a*a*a*b", "(?:aa|a)+b", "(?:(?:a|aa){3}){9}b"])
def test_what_grows_with_the_text_is_not(pattern: str) -> None:
    assert not has_few_ways(compile_pattern(pattern))
