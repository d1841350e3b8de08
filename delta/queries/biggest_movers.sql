-- Which rules' share of positive tweets moved most, from the hour before the last to the last hour that the table has?
WITH latest AS (
  SELECT max(window_start) AS minute FROM {sentiment_per_minute}
),
hours AS (
  SELECT
    rule,
    tweets,
    positive,
    CASE WHEN window_start > minute - INTERVAL '1' HOUR THEN 1 ELSE 0 END AS is_last
  FROM {sentiment_per_minute}
  CROSS JOIN latest
  WHERE window_start > minute - INTERVAL '2' HOUR
),
shares AS (
  SELECT
    rule,
    CAST(sum(tweets) AS BIGINT) AS tweets,
    CAST(sum(positive * (1 - is_last)) AS DOUBLE) / CAST(nullif(sum(tweets * (1 - is_last)), 0) AS DOUBLE) AS share_before,
    CAST(sum(positive * is_last) AS DOUBLE) / CAST(nullif(sum(tweets * is_last), 0) AS DOUBLE)             AS share_now
  FROM hours
  GROUP BY rule
)
SELECT rule, tweets, share_before, share_now, share_now - share_before AS moved
FROM shares
WHERE share_before IS NOT NULL AND share_now IS NOT NULL
ORDER BY abs(share_now - share_before) DESC, rule
LIMIT 20
