import pytest

from sentistream.files.written_dates import DAY_FIRST, MONTH_FIRST, Dates, iso_time, tells


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        (None, None),
        ("soon", None),
        ("Mon Apr 06 22:19:45 PDT 2009", "2009-04-07T05:19:45.000Z"),
        ("Sun Aug 31 00:29:15 +0530 2014", "2014-08-30T18:59:15.000Z"),
        ("Mon Apr 31 22:19:45 PDT 2009", None),
        ("2022-02-06T22:11:18", "2022-02-06T22:11:18.000Z"),
        ("0001-01-01T00:00:00+05:00", None),
        ("2022-02-06T22:11:18.000Z", "2022-02-06T22:11:18.000Z"),
        ("2015-02-24 11:35:52 -0800", "2015-02-24T19:35:52.000Z"),
    ],
)
def test_dates_are_written_as_x_does(written: str | None, iso: str | None) -> None:
    assert iso_time(written) == iso


@pytest.mark.parametrize(
    "written",
    [
        "2023-02-01 10:00:00+00:00",
        "2023-02-01 10:00:00 UTC",
        "2023-02-01T10:00:00Z",
        "2023-02-01 12:00:00.000 +0200",
        "2023/02/01 10:00",
        "Wed Feb 01 05:00:00 EST 2023",
        "Feb 1, 2023 10:00 AM",
        "1 February 2023 11:00 CET",
        1675245600,
        1675245600.0,
        "1675245600",
        "1675245600000",
    ],
)
def test_one_moment_is_read_in_every_way_that_programs_write_it(written: object) -> None:
    assert iso_time(written) == "2023-02-01T10:00:00.000Z"


@pytest.mark.parametrize("written", ["10", "Monday", "10:00", "yes", "12345", True, "2023", "45/45/2023"])
def test_what_is_no_date_is_not_taken_for_today(written: object) -> None:
    assert iso_time(written) is None


def test_day_and_month_are_told_by_the_file_and_never_guessed() -> None:
    assert Dates().iso("01/02/2023 10:00") is None
    assert Dates(DAY_FIRST).iso("01/02/2023 10:00") == "2023-02-01T10:00:00.000Z"
    assert Dates(MONTH_FIRST).iso("01/02/2023 10:00 PM") == "2023-01-02T22:00:00.000Z"
    assert Dates(form="%d.%m.%y").iso("01.02.23") == "2023-02-01T00:00:00.000Z"
    assert [tells(each) for each in ("24/02/2023", "02-24-2023", "01/02/2023", "03/03/2023", "2023-02-01")] == [
        DAY_FIRST,
        MONTH_FIRST,
        "",
        None,
        None,
    ]
