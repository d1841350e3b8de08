-- Where was the model surest and wrong? The labelled tweets of the other polarity, the most confident ones first.
SELECT tweet_id, label, sentiment, p_positive, model_version, text
FROM {scored_tweets}
WHERE label IS NOT NULL
  AND label <> sentiment
  AND label <> 'neutral'
  AND sentiment <> 'neutral'
ORDER BY abs(p_positive - 0.5) DESC, tweet_id
LIMIT 20
