-- What gold is: the sentiment of each minute, language and rule, of scored tweets and of what was counted of those that silver has dropped.
-- It reads scored_tweets and retired_per_minute; whoever runs it says which rows of them count. delta-rs's engine (DataFusion) and DuckDB run it
-- unchanged, Spark with explode(…) in the place of unnest(…).
WITH counted AS (
  -- First by the whole list of rules: there are few of them a minute, and each tweet is looked at once.
  SELECT date_trunc('minute', created_at) AS window_start, lang, rules,
         count(*) AS tweets,
         count(*) FILTER (WHERE sentiment = 'negative') AS negative,
         count(*) FILTER (WHERE sentiment = 'neutral') AS neutral,
         count(*) FILTER (WHERE sentiment = 'positive') AS positive,
         sum(p_positive) AS sum_p_positive
  FROM scored_tweets
  GROUP BY date_trunc('minute', created_at), lang, rules
),
ruled AS (
  -- The rule * is every tweet's; a rule of that name has no rows of its own.
  SELECT window_start, lang, unnest(array_distinct(array_append(rules, '*'))) AS rule,
         tweets, negative, neutral, positive, sum_p_positive
  FROM counted
),
both_parts AS (
  SELECT window_start, lang, rule, tweets, negative, neutral, positive, sum_p_positive
  FROM ruled
  WHERE rule IS NOT NULL
  UNION ALL
  SELECT window_start, lang, rule, tweets, negative, neutral, positive, sum_p_positive
  FROM retired_per_minute
)
SELECT window_start, lang, rule,
       sum(tweets) AS tweets,
       sum(negative) AS negative,
       sum(neutral) AS neutral,
       sum(positive) AS positive,
       sum(sum_p_positive) AS sum_p_positive,
       sum(sum_p_positive) / sum(tweets) AS mean_p_positive,
       CAST(window_start AS DATE) AS window_date
FROM both_parts
GROUP BY window_start, lang, rule
