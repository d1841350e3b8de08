"""Rules are named, and do what TweetEval does to its tweets."""

import pytest

from sentistream.errors import UserError
from sentistream.scoring.onnx.normalisation import TWEETS, Rule, normalised


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@someone look: https://t.co/a?b=c&amp;d great", "@user look: http great"),
        ("  two\n lines&nbsp;here\t", "two lines here"),
        ("&lt;3 &amp;lt; &quot;ever&quot;", '<3 &lt; "ever"'),
        ("", ""),
        ("mail me@example.org", "mail me@user.org"),
    ],
)
def test_names_and_addresses_are_replaced_and_entities_decoded_once(text: str, expected: str) -> None:
    assert normalised(text, TWEETS) == expected


def test_rules_run_in_their_order_and_only_those_named() -> None:
    assert normalised("@a https://b", [Rule("mentions", "X")]) == "X https://b"


def test_a_rule_is_stored_as_plain_values() -> None:
    assert [Rule.of(rule.as_dict()) for rule in TWEETS] == list(TWEETS)
    assert TWEETS[1].as_dict() == {"rule": "links", "with": "http"}


@pytest.mark.parametrize(
    "stored",
    [{"rule": "eval"}, {"rule": "links", "with": "x" * 17}, {"rule": "spaces", "with": "x"}, {"pattern": "x"}, 7],
)
def test_anything_else_is_no_rule(stored: object) -> None:
    with pytest.raises(UserError):
        Rule.of(stored)
