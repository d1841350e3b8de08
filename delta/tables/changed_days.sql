-- Which days a commit to silver/scored_tweets changed or removed rows of: what a follower looks at again that was away for longer than silver's log reaches.
-- Created and committed by delta-rs alone, before the commit itself. A record counts where silver's transaction silver/changed_days/last names it, or one that counts follows it.
CREATE TABLE IF NOT EXISTS ${table} (
  change      BIGINT    NOT NULL COMMENT 'the attempt that these days are of, a random number',
  follows     BIGINT    NOT NULL COMMENT 'the change that was the last one then, 0 where there was none',
  day         DATE      NOT NULL COMMENT 'UTC date of created_at of a row that was changed or removed'
)
USING DELTA
TBLPROPERTIES (
  'sentistream.contract' = '1',
  'delta.minReaderVersion' = '1',
  'delta.minWriterVersion' = '3',
  'delta.checkpointInterval' = '100',
  'delta.logRetentionDuration' = 'interval 1 day',
  'delta.deletedFileRetentionDuration' = 'interval 2 hours'
);
