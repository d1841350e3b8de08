-- Where was the model surest and wrong? The labelled tweets of the other polarity, the most confident ones first.
-- A text counts once: of all tweets with it the surest stands here, beside the number of them.
SELECT tweet_id, label, sentiment, p_positive, model_version, tweets, text
FROM (
  SELECT
    tweet_id, label, sentiment, p_positive, model_version, text,
    count(*) OVER (PARTITION BY text)                                                      AS tweets,
    row_number() OVER (PARTITION BY text ORDER BY abs(p_positive - 0.5) DESC, tweet_id)    AS place
  FROM {scored_tweets}
  WHERE label IS NOT NULL
    AND label <> sentiment
    AND label <> 'neutral'
    AND sentiment <> 'neutral'
) AS wrong
WHERE place = 1
ORDER BY abs(p_positive - 0.5) DESC, tweet_id
LIMIT 20
