from sentistream.batch import pieces as cutting
from sentistream.batch.pieces import HALF, MOST_CHARACTERS, pieces
from sentistream.files.rows import BrokenRow, PassedOver, TweetRow
from sentistream.scoring.checked import ROWS


def test_rows_stay_in_their_order_and_a_broken_one_in_its_place() -> None:
    rows = [
        TweetRow(2, "one", tweet_id="7"),
        BrokenRow("f", 3, "the text is empty"),
        PassedOver(4, ""),
        TweetRow(5, "two"),
    ]
    [piece] = pieces(rows)
    assert (piece.lines, piece.ids, piece.texts) == ([2, 3, 5], ["7", None, None], ["one", None, "two"])
    assert (piece.problems, piece.passed_over) == ({1: "the text is empty"}, 1)


def test_no_piece_is_large_however_long_its_rows_are() -> None:
    assert [len(each) for each in pieces(TweetRow(line, "a") for line in range(2 * ROWS + 1))] == [ROWS, ROWS, 1]
    long = "a" * (MOST_CHARACTERS // 2)
    assert [len(each) for each in pieces(TweetRow(line, long) for line in range(5))] == [2, 2, 1]


def test_what_is_passed_over_at_the_end_is_counted() -> None:
    rows = [TweetRow(1, "a")] * ROWS + [PassedOver(9, "")]
    assert [each.passed_over for each in cutting.pieces(rows)] == [0, 1]


def test_half_a_character_breaks_its_row_alone() -> None:
    [piece] = pieces([TweetRow(1, "a"), TweetRow(2, "\ud83d"), TweetRow(3, "b")])
    assert piece.column().to_pylist() == ["a", None, "b"]
    assert piece.problems == {1: HALF}
