-- What was dropped from silver/scored_tweets by SILVER_KEPT_DAYS, counted per minute, language and rule: gold is made of it and of what silver still has.
-- Created and committed by delta-rs alone. A retirement is in force where silver's transaction gold/retired_per_minute/in_force names it, or one in force follows it.
CREATE TABLE IF NOT EXISTS ${table} (
  retirement      BIGINT    NOT NULL COMMENT 'the attempt that these rows are of, a random number',
  follows         BIGINT    NOT NULL COMMENT 'the retirement that was the last one in force then, 0 where there was none',
  window_start    TIMESTAMP NOT NULL COMMENT 'the minute of created_at, UTC',
  lang            STRING    NOT NULL,
  rule            STRING    NOT NULL COMMENT 'a filtered-stream rule, or * for all tweets; a tweet with two rules is in both',
  tweets          BIGINT    NOT NULL,
  negative        BIGINT    NOT NULL,
  neutral         BIGINT    NOT NULL,
  positive        BIGINT    NOT NULL,
  sum_p_positive  DOUBLE    NOT NULL
)
USING DELTA
PARTITIONED BY (retirement)
TBLPROPERTIES (
  'sentistream.contract' = '1',
  'delta.minReaderVersion' = '1',
  'delta.minWriterVersion' = '3',
  'delta.enableDeletionVectors' = 'false',
  'delta.checkpointInterval' = '100',
  'delta.logRetentionDuration' = 'interval 1 day',
  'delta.deletedFileRetentionDuration' = 'interval 2 hours',
  'delta.dataSkippingStatsColumns' = 'follows,window_start,lang,rule,tweets',
  'delta.constraints.there_are_tweets' = 'tweets > 0',
  'delta.constraints.every_tweet_has_a_sentiment' = 'negative >= 0 AND neutral >= 0 AND positive >= 0 AND negative + neutral + positive = tweets',
  'delta.constraints.sum_is_of_probabilities' = 'sum_p_positive >= 0 AND sum_p_positive <= tweets'
);
