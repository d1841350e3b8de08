-- One row per hour, language and model version: what the version met, counted by the yardstick of its profile, and how far that is from the profile.
-- Created and committed by delta-rs alone (`sentistream tables`), counted from silver/scored_tweets. Numbers alone; every count but psi and noise_floor can be added up.
CREATE TABLE IF NOT EXISTS ${table} (
  window_start    TIMESTAMP NOT NULL COMMENT 'the hour of created_at, UTC',
  lang            STRING    NOT NULL,
  model_name      STRING    NOT NULL,
  model_version   INT       NOT NULL,
  tweets          BIGINT    NOT NULL,
  scores          ARRAY<BIGINT> NOT NULL COMMENT 'tweets in each decile of the profile''s p_positive; without a profile in each tenth of it',
  sentiments      ARRAY<BIGINT> NOT NULL COMMENT 'negative, neutral, positive',
  texts           BIGINT    NOT NULL COMMENT 'tweets whose text was looked at: of a batch of many evenly chosen ones; what follows up to correct is of these, but for confidence',
  lengths         ARRAY<BIGINT> NOT NULL COMMENT 'texts in each decile of the profile''s lengths',
  characters      BIGINT    NOT NULL COMMENT 'sum of the lengths',
  empty           BIGINT    NOT NULL COMMENT 'texts without a word or sign beside links and names',
  escaped         BIGINT    NOT NULL COMMENT 'texts that are escaped once too often',
  entities        BIGINT    NOT NULL COMMENT 'texts with HTML entities',
  words           BIGINT    NOT NULL,
  unknown_words   BIGINT             COMMENT 'of these, the ones that the training rows did not have; null without a profile',
  spoken          ARRAY<BIGINT> NOT NULL COMMENT 'texts with a telling word of each of the profile''s languages',
  confidence      DOUBLE             COMMENT 'sum over all tweets of the most probable class''s probability; null where it is not known',
  labelled        BIGINT    NOT NULL COMMENT 'texts with a label that the version was not trained on',
  correct         BIGINT    NOT NULL COMMENT 'of these, the ones on which it is right',
  psi             MAP<STRING, DOUBLE> NOT NULL COMMENT 'trait -> population stability index against the profile; empty without one',
  noise_floor     MAP<STRING, DOUBLE> NOT NULL COMMENT 'trait -> what its index has to be above to say something',
  last_arrival    TIMESTAMP NOT NULL COMMENT 'the latest kafka_timestamp of its tweets',
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
  'delta.dataSkippingStatsColumns' = 'window_start,lang,model_version,tweets,last_arrival',
  'delta.constraints.there_are_tweets' = 'tweets > 0',
  'delta.constraints.no_more_unknown_than_words' = 'unknown_words IS NULL OR (unknown_words >= 0 AND unknown_words <= words)',
  'delta.constraints.no_more_correct_than_labelled' = 'correct >= 0 AND correct <= labelled AND labelled <= texts AND texts <= tweets'
);
