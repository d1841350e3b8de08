-- One row per Kafka record as it came, whatever became of it: what was scored can be scored again, and what was rejected looked into.
-- Created and committed by delta-rs alone (`stream_processor tables`).
CREATE TABLE IF NOT EXISTS ${table} (
  topic           STRING    NOT NULL,
  partition       INT       NOT NULL,
  offset          BIGINT    NOT NULL,
  kafka_timestamp TIMESTAMP NOT NULL,
  key             BINARY,
  value           BINARY             COMMENT 'null for a tombstone',
  headers         MAP<STRING, BINARY> NOT NULL COMMENT 'of a header that is there twice, the last one',
  ingested_at     TIMESTAMP NOT NULL,
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
  'delta.dataSkippingStatsColumns' = 'topic,partition,offset,kafka_timestamp',
  'delta.constraints.offset_is_not_negative' = 'offset >= 0'
);
