from producer.record import headers


def test_the_headers_are_the_contracts() -> None:
    assert dict(headers("replay", b"tweets.csv:3", "positive")) == {
        "schema": b"x.v2.tweet/1",
        "source": b"replay",
        "source_position": b"tweets.csv:3",
        "label": b"positive",
    }
    assert "label" not in dict(headers("live", b"7"))
