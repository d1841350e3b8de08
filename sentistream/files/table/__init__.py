"""Tables of tweets: CSV in its dialects, and Parquet."""
