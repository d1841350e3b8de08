"""A record of the topic → a tweet, or a rejection with its reason."""
