-- One row per tweet: what was said, how it was scored, by which model, and where it stood in Kafka.
-- Created by Delta-Spark; every later commit is made by delta-rs, so only features that it writes are used.
CREATE TABLE IF NOT EXISTS ${table} (
  tweet_id        BIGINT    NOT NULL COMMENT 'the tweet''s id (a snowflake)',
  author_id       BIGINT             COMMENT 'null where the source does not say',
  text            STRING    NOT NULL,
  lang            STRING    NOT NULL COMMENT 'BCP 47, und where unknown',
  created_at      TIMESTAMP NOT NULL COMMENT 'the Kafka time where the tweet''s own is absent or absurd',
  rules           ARRAY<STRING> NOT NULL COMMENT 'tags of the filtered-stream rules that matched',
  topic           STRING    NOT NULL,
  partition       INT       NOT NULL,
  offset          BIGINT    NOT NULL,
  kafka_timestamp TIMESTAMP NOT NULL,
  p_positive      DOUBLE    NOT NULL COMMENT 'P(positive), 0 to 1',
  sentiment       STRING    NOT NULL,
  model_name      STRING    NOT NULL,
  model_version   INT       NOT NULL,
  scored_at       TIMESTAMP NOT NULL,
  source          STRING    NOT NULL COMMENT 'live, replay, synthetic or unknown',
  label           STRING             COMMENT 'known for replayed rows; never shown to the model',
  ingest_date     DATE      NOT NULL COMMENT 'UTC date of kafka_timestamp'
)
USING DELTA
PARTITIONED BY (ingest_date)
TBLPROPERTIES (
  'sentistream.contract' = '1',
  'delta.minReaderVersion' = '1',
  'delta.minWriterVersion' = '3',
  'delta.enableDeletionVectors' = 'false',
  'delta.checkpointInterval' = '100',
  'delta.logRetentionDuration' = 'interval 1 day',
  'delta.deletedFileRetentionDuration' = 'interval 2 hours',
  'delta.dataSkippingStatsColumns' = 'tweet_id,author_id,created_at,partition,offset,kafka_timestamp,p_positive,sentiment,model_version',
  'delta.constraints.p_positive_is_a_probability' = 'p_positive >= 0 AND p_positive <= 1',
  'delta.constraints.sentiment_is_known' = 'sentiment IN (''negative'', ''neutral'', ''positive'')',
  'delta.constraints.label_is_known' = 'label IS NULL OR label IN (''negative'', ''neutral'', ''positive'')',
  'delta.constraints.source_is_known' = 'source IN (''live'', ''replay'', ''synthetic'', ''unknown'')',
  'delta.constraints.tweet_id_is_positive' = 'tweet_id > 0',
  'delta.constraints.model_version_is_positive' = 'model_version > 0',
  'delta.constraints.offset_is_not_negative' = 'offset >= 0'
);
