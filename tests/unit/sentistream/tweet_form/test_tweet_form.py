import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentistream.tweet_form import is_same_tweet, normal

PARTS = (
    "so", "good", "Straße", "日本", "👩‍👩‍👧", "&", "&amp;", "&lt;", "&#39;", "&#x1F600;", "&amp;gt;", "AT&T", "…", "...", ".", " ", "  ",
    "\n", "\u3000", "https://t.co/aBc1", "http://example.org/a?b=c&d", "Http:", "https", "htt", "#tag", "@name",
)  # fmt: skip
tweets = st.lists(st.sampled_from(PARTS) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5))


def form(text: str) -> str:
    return normal(pa.array([text]))[0].as_py()  # type: ignore[no-any-return]  # a string


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tom &amp; Jerry &lt;3", "Tom & Jerry <3"),
        ("it&#39;s &quot;fine&quot;", 'it\'s "fine"'),
        ("twice &amp;amp; escaped &amp;lt;3", "twice & escaped <3"),
        ("read https://t.co/aBc1 now", "read https://www.example.org/an/article?x=1&y=2 now"),
        ("two\nlines  and\u00a0more ", "two lines and more"),
        ("a long post that X has cut he…", "a long post that X has cut here, and more"),
        ("a long post that X has cut here… https://t.co/xyz", "a long post that X has cut here, and more"),
        ("cut within a link https://t.…", "cut within a link https://t.co/aBc1 and more"),
        ("cut within an entity &am", "cut within an entity &amp; more"),
    ],
)
def test_one_tweet_is_known_again_in_another_form(one: str, other: str) -> None:
    assert is_same_tweet(form(one), form(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("good morning", "good evening"),
        ("https://t.co/aBc1", "something else"),
        ("...", "something else"),
        ("…", "something else"),
        ("&nbsp;", "something else"),
        ("no where", "nowhere"),
        ("Good", "good"),
        ("Q&A", "Q&B"),
    ],
)
def test_another_text_is_another_tweet(one: str, other: str) -> None:
    assert not is_same_tweet(form(one), form(other))


@given(tweets, st.data())
def test_a_text_that_is_cut_anywhere_is_the_same_tweet(parts: list[str], data: st.DataObject) -> None:
    whole = "It begins: " + "".join(parts)
    cut = whole[: data.draw(st.integers(len("It begins: "), len(whole)))]
    assert is_same_tweet(form(cut), form(whole))


@given(st.lists(tweets.map("".join).filter(lambda text: text.strip() != ""), min_size=1))
def test_a_normal_form_is_never_empty_nor_longer_and_the_same_in_any_company(texts: list[str]) -> None:
    forms = normal(pa.array(texts)).to_pylist()
    assert all(forms)
    assert all(len(each.encode()) <= len(text.encode()) for each, text in zip(forms, texts, strict=True))
    assert forms == [form(text) for text in texts]
