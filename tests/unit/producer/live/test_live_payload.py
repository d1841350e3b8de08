import orjson
from hypothesis import example, given
from hypothesis import strategies as st

from producer.live.payload import Message, Post, made_at, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "id", "text", "errors"]), inner),
)


@given(st.binary(min_size=1))
@example(b'{"data": {"id": "1", "text": "\xed\xa0\x80"}}')
def test_any_bytes_are_a_post_with_these_bytes_or_a_message(line: bytes) -> None:
    found = read(line)
    if isinstance(found, Post):
        assert found.record.value == line
        assert 0 < int(found.record.key) < 2**63
        assert read(line) == found


@given(JSON)
def test_only_an_object_without_data_is_a_message(value: object) -> None:
    found = read(orjson.dumps(value))
    assert isinstance(found, Message) == (isinstance(value, dict) and value.get("data") is None)


@given(st.integers(1, 2**63 - 1))
def test_a_posts_own_id_is_its_key(post_id: int) -> None:
    found = read(orjson.dumps({"data": {"id": str(post_id), "text": "hi"}}))
    assert isinstance(found, Post)
    assert (found.post_id, found.record.key) == (post_id, str(post_id).encode())


def test_an_id_tells_when_the_post_was_made() -> None:
    # 2022-02-06T22:11:18Z, by the recorded stream.
    assert int(made_at(1490448039991025664)) == 1644185478
