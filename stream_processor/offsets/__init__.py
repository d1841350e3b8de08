"""The offset rule, which the stream and bronze share.

A table says how far it has come: each commit carries, as an application transaction, the last Kafka offset of each partition whose rows it
adds. So a row is already there exactly if its offset is not beyond that, and a start resumes after it. No checkpoint is needed, and a batch
that is read twice adds nothing.

`ledger` reads and writes those transactions, with the totals beside them; `resume` holds them against what the broker still has; `source` reads
records from an offset on, and `polls` says how many at once; `slices` cuts a batch that is too large; `identity` asks, before anything is
committed, whether it all came from the same topic.
"""
