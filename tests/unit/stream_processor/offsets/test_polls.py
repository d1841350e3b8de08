from stream_processor.offsets.polls import BACKLOG_RECORDS, FEW, MANY, PROVEN_RECORDS, Polls, options


def test_a_start_polls_few_until_a_backlog_has_shown_that_its_records_are_small() -> None:
    polls = Polls()
    assert polls.records == FEW
    polls.seen(BACKLOG_RECORDS - 1, all_small=True)
    assert polls.records == FEW
    polls.seen(BACKLOG_RECORDS, all_small=True)
    assert polls.records == MANY


def test_a_long_value_brings_few_back_for_a_long_while() -> None:
    polls = Polls()
    polls.seen(BACKLOG_RECORDS, all_small=True)
    polls.seen(1, all_small=False)
    assert polls.records == FEW
    for _ in range(PROVEN_RECORDS // BACKLOG_RECORDS - 1):
        polls.seen(BACKLOG_RECORDS, all_small=True)
        assert polls.records == FEW
    polls.seen(BACKLOG_RECORDS, all_small=True)
    assert polls.records == MANY


def test_many_records_are_fetched_in_fewer_bytes() -> None:
    fetched = {records: int(options(records)["kafka.max.partition.fetch.bytes"]) for records in (FEW, MANY)}
    assert fetched[MANY] < fetched[FEW]
