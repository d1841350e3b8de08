-- One row per Kafka record that is not a tweet we can score: its bytes, its coordinates and the reason.
-- Created by Delta-Spark; every later commit is made by delta-rs, so only features that it writes are used.
CREATE TABLE IF NOT EXISTS ${table} (
  topic           STRING    NOT NULL,
  partition       INT       NOT NULL,
  offset          BIGINT    NOT NULL,
  kafka_timestamp TIMESTAMP NOT NULL,
  key             BINARY,
  value           BINARY,
  headers         MAP<STRING, BINARY> NOT NULL,
  tweet_id        BIGINT             COMMENT 'where it could be read, so that a tweet can be forgotten here too',
  author_id       BIGINT,
  reason          STRING    NOT NULL COMMENT 'a code listed in docs/rejections.md',
  detail          STRING    NOT NULL COMMENT 'what exactly was found, without the tweet''s text',
  rejected_at     TIMESTAMP NOT NULL,
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
  'delta.dataSkippingStatsColumns' = 'partition,offset,kafka_timestamp,tweet_id,author_id,reason',
  'delta.constraints.reason_is_given' = 'reason <> ''''',
  'delta.constraints.offset_is_not_negative' = 'offset >= 0'
);
