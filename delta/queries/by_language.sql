-- Which languages are how positive? The most frequent one first.
SELECT
  lang,
  CAST(sum(tweets) AS BIGINT)                                           AS tweets,
  CAST(sum(positive) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS positive_share,
  CAST(sum(negative) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS negative_share
FROM {sentiment_per_minute}
WHERE rule = '*'
GROUP BY lang
ORDER BY tweets DESC, lang
