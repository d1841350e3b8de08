"""Reads a topic's offsets: ranges of them → Arrow, and why some of them hold no record.

`consumer` brings a range's messages by librdkafka, `reader` turns them into tables, of the shape that `records` says; `log` says what the broker's log holds at offsets without a committed
record, and `gaps` whether that explains them; `open_transactions` says what holds the end back.
"""
