from sentistream.lake.maintenance.rollup import way_back


def test_in_force_is_what_leads_back_from_the_named_one() -> None:
    follows = {7: 3, 3: 5, 5: 0, 9: 3, 11: 7}
    assert way_back(follows, 7) == [7, 3, 5]
    assert way_back(follows, 5) == [5]
    assert way_back(follows, 0) == []
