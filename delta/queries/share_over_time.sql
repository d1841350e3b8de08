-- How does the sentiment change over time? One row an hour: how many tweets, which share of them was negative, neutral and positive.
SELECT
  date_trunc('hour', window_start)                                      AS hour_start,
  CAST(sum(tweets) AS BIGINT)                                           AS tweets,
  CAST(sum(negative) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS negative_share,
  CAST(sum(neutral) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)            AS neutral_share,
  CAST(sum(positive) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS positive_share,
  sum(mean_p_positive * tweets) / CAST(sum(tweets) AS DOUBLE)           AS mean_p_positive
FROM {sentiment_per_minute}
WHERE rule = '*'
GROUP BY date_trunc('hour', window_start)
ORDER BY hour_start
