-- What has each version of the model scored, and how do its sentiments differ?
-- Shares are of tweets, and a text that came again counts again in them; `labelled_texts` says how many different ones have a label.
-- No accuracy stands here: SQL can't tell the rows that a version was trained on from others; `sentistream compare` can, and leaves them and repeats out.
SELECT
  model_name,
  model_version,
  count(*)                                                              AS tweets,
  count(label)                                                          AS labelled,
  count(DISTINCT text) FILTER (WHERE label IS NOT NULL)                 AS labelled_texts,
  avg(p_positive)                                                       AS mean_p_positive,
  CAST(count(*) FILTER (WHERE sentiment = 'positive') AS DOUBLE) / CAST(count(*) AS DOUBLE) AS positive_share,
  CAST(count(*) FILTER (WHERE sentiment = 'neutral') AS DOUBLE) / CAST(count(*) AS DOUBLE) AS neutral_share,
  CAST(count(*) FILTER (WHERE sentiment = 'negative') AS DOUBLE) / CAST(count(*) AS DOUBLE) AS negative_share,
  min(scored_at)                                                        AS first_scored,
  max(scored_at)                                                        AS last_scored
FROM {scored_tweets}
GROUP BY model_name, model_version
ORDER BY model_name, model_version
