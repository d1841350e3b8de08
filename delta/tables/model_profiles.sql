-- The profile of each version that has scored tweets of this lake: what it says of held-out rows, in numbers (docs/drift.md).
-- Created and committed by delta-rs alone, by whatever scores with the version, before its first tweet.
CREATE TABLE IF NOT EXISTS ${table} (
  model_name      STRING    NOT NULL,
  model_version   INT       NOT NULL,
  digest          STRING    NOT NULL COMMENT 'of the version''s files, of which the profile is one',
  profile         BINARY    NOT NULL COMMENT 'sentistream-profile.json as it is stored with the version',
  recorded_at     TIMESTAMP NOT NULL
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
