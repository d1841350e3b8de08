import json

from stream_processor.offsets.source import continued


def test_a_query_that_follows_goes_on_after_what_is_committed_and_never_back() -> None:
    offsets = json.dumps({"tweets": {"0": 5, "1": 7, "2": 40}})
    # Partition 1 has nothing yet, the loss of 2's records up to 39 was accepted, 3 was added meanwhile.
    found = continued(offsets, {0: 9, 2: 30, 3: 2})
    assert json.loads(found) == {"tweets": {"0": 10, "1": 7, "2": 40, "3": 3}}
