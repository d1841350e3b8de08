-- One row per minute, language and rule, and one with rule '*' for all tweets of the minute and language, whatever their rules.
-- Created and committed by delta-rs alone (`stream_processor tables`), recomputed from silver/scored_tweets by delta/gold.
CREATE TABLE IF NOT EXISTS ${table} (
  window_start    TIMESTAMP NOT NULL COMMENT 'the minute of created_at, UTC',
  lang            STRING    NOT NULL,
  rule            STRING    NOT NULL COMMENT 'a filtered-stream rule, or * for all tweets; a tweet with two rules is in both',
  tweets          BIGINT    NOT NULL,
  negative        BIGINT    NOT NULL,
  neutral         BIGINT    NOT NULL,
  positive        BIGINT    NOT NULL,
  mean_p_positive DOUBLE    NOT NULL,
  window_date     DATE      NOT NULL COMMENT 'UTC date of window_start'
)
USING DELTA
PARTITIONED BY (window_date)
TBLPROPERTIES (
  'sentistream.contract' = '1',
  'delta.minReaderVersion' = '1',
  'delta.minWriterVersion' = '3',
  'delta.enableDeletionVectors' = 'false',
  'delta.checkpointInterval' = '100',
  'delta.logRetentionDuration' = 'interval 1 day',
  'delta.deletedFileRetentionDuration' = 'interval 2 hours',
  'delta.dataSkippingStatsColumns' = 'window_start,lang,rule,tweets',
  'delta.constraints.there_are_tweets' = 'tweets > 0',
  'delta.constraints.every_tweet_has_a_sentiment' = 'negative >= 0 AND neutral >= 0 AND positive >= 0 AND negative + neutral + positive = tweets',
  'delta.constraints.mean_is_a_probability' = 'mean_p_positive >= 0 AND mean_p_positive <= 1'
);
