"""Erasure: who asked for what, where it is, and how it is removed.

`requests` holds what was asked, `forgotten` the tweets and authors it names; `scored_and_rejected` and `raw` remove them from the tables, and
`removal_log` says what was removed.
"""
