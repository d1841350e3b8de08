import pytest

from producer.record import headers, iso_time, row_id, usable_id


def test_the_headers_are_the_contracts() -> None:
    assert dict(headers("replay", b"tweets.csv:3", "positive")) == {
        "schema": b"x.v2.tweet/1",
        "source": b"replay",
        "source_position": b"tweets.csv:3",
        "label": b"positive",
    }
    assert "label" not in dict(headers("live", b"7"))


def test_a_row_without_an_id_gets_the_same_one_every_time() -> None:
    first, again, other = (row_id("a file", line, "hi") for line in (1, 1, 2))
    assert first == again
    assert first != other
    assert 0 < int(first) < 2**63


@pytest.mark.parametrize("unusable", ["", "abc", "0", "-5", str(2**63), "٣", "9" * 30, None])
def test_an_unusable_id_is_none(unusable: str | None) -> None:
    assert usable_id(unusable) is None


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        (None, None),
        ("soon", None),
        ("Mon Apr 06 22:19:45 PDT 2009", "2009-04-07T05:19:45.000Z"),
        ("Sun Aug 31 00:29:15 +0530 2014", "2014-08-30T18:59:15.000Z"),
        ("Mon Apr 31 22:19:45 PDT 2009", None),
        ("2022-02-06T22:11:18", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("2022-02-06T22:11:18.000Z", "2022-02-06T22:11:18.000Z"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52.000Z"),
    ],
)
def test_dates_are_written_as_x_does(written: str | None, iso: str | None) -> None:
    assert iso_time(written) == iso
