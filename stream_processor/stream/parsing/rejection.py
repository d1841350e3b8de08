"""The reasons for which a Kafka record becomes a dead letter (docs/rejections.md)."""

from enum import StrEnum


class Reason(StrEnum):
    """Codes in the column `reason` of `bronze/rejected_tweets`."""

    TOMBSTONE = "tombstone"
    TOO_LARGE = "too_large"
    INVALID_UTF8 = "invalid_utf8"
    INVALID_JSON = "invalid_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_DATA = "missing_data"
    MISSING_ID = "missing_id"
    INVALID_ID = "invalid_id"
    MISSING_TEXT = "missing_text"
    EMPTY_TEXT = "empty_text"
    TEXT_TOO_LONG = "text_too_long"
    NUL_IN_TEXT = "nul_in_text"
    WRONG_TYPE = "wrong_type"
    INVALID_AUTHOR_ID = "invalid_author_id"
    ID_REUSED = "id_reused"


class RejectedRecordError(Exception):
    """A record that goes to the rejected table; ids are given where they could be read before the fault."""

    def __init__(self, reason: Reason, detail: str, tweet_id: int | None = None, author_id: int | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.tweet_id = tweet_id
        self.author_id = author_id
