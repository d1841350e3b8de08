"""The sink: a batch of scored rows → one commit to each table, exactly once.

`lake_sink` decides what a batch adds and holds the totals; `rejected_table` commits its `dead_letters`, first; `commit` is one append of rows and
offsets, tried again after commits of others.
"""
