-- One row per subject that somebody asked to have forgotten: a keyed hash, from which the id can't be read.
-- Created and committed by delta-rs alone; the key's check, the number of requests and who has seen them are its transactions (docs/contracts.md).
CREATE TABLE IF NOT EXISTS ${table} (
  request      STRING    NOT NULL COMMENT 'one run of lake forget',
  requested_at TIMESTAMP NOT NULL COMMENT 'of an author, what was written up to then is forgotten',
  kind         STRING    NOT NULL COMMENT 'tweet or author',
  subject      STRING    NOT NULL COMMENT 'blake2b of kind and id with FORGET_KEY, hexadecimal'
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
