-- At which hours of the day (UTC) are tweets how positive?
SELECT
  CAST(extract(HOUR FROM window_start) AS BIGINT)                       AS hour_of_day,
  CAST(sum(tweets) AS BIGINT)                                           AS tweets,
  CAST(sum(positive) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS positive_share,
  CAST(sum(negative) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS negative_share
FROM {sentiment_per_minute}
WHERE rule = '*'
GROUP BY CAST(extract(HOUR FROM window_start) AS BIGINT)
ORDER BY hour_of_day
