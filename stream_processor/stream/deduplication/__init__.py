"""Which tweets of a batch the lake has already, and which carry the id of one that it has with another text.

`recent_ids` remembers each scored id with a fingerprint of its text (`sentistream.tweet_form`); `verdict` judges tweets by it, and asks `earlier_texts` for
the few texts that a fingerprint can't tell apart; both find rows of the table by `kafka_times`; `judged` does so for a batch. What the dead-letter table holds of a batch that was not finished is in `rejected_ahead`, and is not judged again.
"""
