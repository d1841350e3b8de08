"""Erasure: the requests (`requests`), the tweets and authors that they name (`forgotten`), and the removal from each table."""
