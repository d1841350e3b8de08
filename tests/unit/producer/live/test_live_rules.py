import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.live.rules import OWN, Rule, plan, refuse_foreign, wanted
from sentistream.errors import UserError

VALUES = st.sampled_from(["cats", "dogs", "birds lang:en", "#fish"])
RULES = st.builds(Rule, VALUES, st.sampled_from([None, "theirs", OWN + "cats", OWN + "pets"]), st.just("1"))
CURRENT = st.lists(RULES, unique_by=lambda rule: rule.value)
TARGET = st.lists(VALUES, min_size=1).map(wanted)


def test_only_the_difference_is_changed() -> None:
    cats, dogs = wanted(["cats", "dogs"])
    kept = Rule(cats.value, cats.tag, "1")
    old = Rule("fish", OWN + "fish", "2")
    found = plan([kept, old], [cats, dogs])
    assert (found.unchanged, found.add, found.remove, found.foreign) == ((kept,), (dogs,), (old,), ())


def test_a_rule_with_another_name_is_made_anew() -> None:
    found = plan([Rule("cats", OWN + "cats", "1")], wanted(["cats"], ["pets"]))
    assert [rule.rule_id for rule in found.remove] == ["1"]
    assert found.add == (Rule("cats", OWN + "pets"),)


@given(CURRENT, TARGET)
def test_a_foreign_rule_is_left_alone_unless_told_otherwise(current: list[Rule], target: tuple[Rule, ...]) -> None:
    assert all(rule.own for rule in plan(current, target).remove)
    assert not plan(current, target, "remove").foreign


@given(CURRENT, TARGET, st.sampled_from(["refuse", "keep", "remove"]))
def test_what_is_planned_leads_to_what_is_wanted(current: list[Rule], target: tuple[Rule, ...], foreign: str) -> None:
    found = plan(current, target, foreign)  # type: ignore[arg-type]  # one of the three
    after = [rule for rule in current if rule not in found.remove] + list(found.add)
    values = [rule.value for rule in after]
    assert len(values) == len(set(values)), "X refuses a value twice"
    assert {rule.value for rule in target} == set(values) - {rule.value for rule in found.foreign}
    again = plan(after, target, foreign)  # type: ignore[arg-type]  # one of the three
    assert (again.add, again.remove) == ((), ())


def test_a_foreign_rule_is_named_and_refused() -> None:
    found = plan([Rule("theirs", None, "9")], wanted(["cats"]))
    with pytest.raises(UserError, match=r"1 rules that were not made here \('theirs'\).*--foreign-rules keep"):
        refuse_foreign(found, "refuse")
    refuse_foreign(found, "keep")


@pytest.mark.parametrize(
    ("queries", "tags", "sentence"),
    [
        ([], [], "Say which posts"),
        (["cats", " "], [], "is empty"),
        (["cats", "dogs"], ["pets"], "There are 2 --query and 1 --tag"),
    ],
)
def test_what_is_no_query_is_refused(queries: list[str], tags: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        wanted(queries, tags)


def test_a_repeated_query_is_one_rule() -> None:
    assert wanted(["cats", " cats"]) == (Rule("cats", OWN + "cats"),)
