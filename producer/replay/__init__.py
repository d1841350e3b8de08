"""The replay source: files of tweets in any of the usual formats → records."""
