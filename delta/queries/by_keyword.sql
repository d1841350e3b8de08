-- How positive are the tweets that hold a keyword, upper or lower case? Put your own keywords, in lower case, into the list.
-- A tweet with two of them counts for both.
WITH keywords AS (
  SELECT keyword FROM (VALUES ('love'), ('hate'), ('happy'), ('work'), ('music')) AS listed (keyword)
)
SELECT
  keyword,
  count(*)                                                              AS tweets,
  CAST(count(*) FILTER (WHERE sentiment = 'positive') AS DOUBLE) / CAST(count(*) AS DOUBLE) AS positive_share,
  CAST(count(*) FILTER (WHERE sentiment = 'negative') AS DOUBLE) / CAST(count(*) AS DOUBLE) AS negative_share,
  avg(p_positive)                                                       AS mean_p_positive
FROM {scored_tweets}
JOIN keywords ON contains(lower(text), keyword)
GROUP BY keyword
ORDER BY tweets DESC, keyword
