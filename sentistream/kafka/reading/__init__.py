"""Reads a topic's offsets: ranges of them → Arrow, and why some of them hold no record.

`reader` turns a range into tables by librdkafka, `records` is their shape; `log` says what the broker's log holds at offsets without a committed
record, and `gaps` whether that explains them; `open_transactions` says what holds the end back.
"""
