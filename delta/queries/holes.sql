-- Offsets between two records of bronze that hold none: a transaction's marker, a record that was aborted, or one that compaction took.
SELECT topic, partition, earlier + 1 AS first_offset, later - 1 AS last_offset
FROM (
  SELECT
    r.topic,
    r.partition,
    lag(r.offset) OVER (PARTITION BY r.topic, r.partition ORDER BY r.offset) AS earlier,
    r.offset                                                                 AS later
  FROM {raw_tweets} AS r
) AS pairs
WHERE later > earlier + 1
ORDER BY topic, partition, first_offset
