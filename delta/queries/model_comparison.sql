-- How do the versions of the model compare? What each has scored, and how often it was right where a label is known.
SELECT
  model_name,
  model_version,
  count(*)                                                              AS tweets,
  avg(p_positive)                                                       AS mean_p_positive,
  CAST(count(*) FILTER (WHERE sentiment = 'positive') AS DOUBLE) / CAST(count(*) AS DOUBLE) AS positive_share,
  count(label)                                                          AS labelled,
  CAST(count(*) FILTER (WHERE sentiment = label) AS DOUBLE) / CAST(nullif(count(label), 0) AS DOUBLE) AS accuracy,
  min(scored_at)                                                        AS first_scored,
  max(scored_at)                                                        AS last_scored
FROM {scored_tweets}
GROUP BY model_name, model_version
ORDER BY model_name, model_version
