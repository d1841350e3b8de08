-- What was removed from which table, when and why, without its content.
-- Created and committed by delta-rs alone.
CREATE TABLE IF NOT EXISTS ${table} (
  request    STRING    NOT NULL COMMENT 'as in audit/forgotten, where that is why',
  removed_at TIMESTAMP NOT NULL,
  table_name STRING    NOT NULL COMMENT 'layer/name',
  rows       BIGINT    NOT NULL COMMENT 'deleted, or emptied where the record has to stay to be counted',
  why        STRING    NOT NULL
)
USING DELTA
TBLPROPERTIES (
  'sentistream.contract' = '1',
  'delta.minReaderVersion' = '1',
  'delta.minWriterVersion' = '3',
  'delta.appendOnly' = 'true',
  'delta.checkpointInterval' = '100',
  'delta.logRetentionDuration' = 'interval 1 day',
  'delta.deletedFileRetentionDuration' = 'interval 2 hours'
);
