-- How positive are the tweets that matched each rule of the filtered stream? A tweet with two rules counts for both.
SELECT
  rule,
  CAST(sum(tweets) AS BIGINT)                                           AS tweets,
  CAST(sum(positive) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS positive_share,
  CAST(sum(negative) AS DOUBLE) / CAST(sum(tweets) AS DOUBLE)           AS negative_share,
  sum(mean_p_positive * tweets) / CAST(sum(tweets) AS DOUBLE)           AS mean_p_positive
FROM {sentiment_per_minute}
WHERE rule <> '*'
GROUP BY rule
ORDER BY tweets DESC, rule
