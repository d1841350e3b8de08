"""JSON of tweets: objects of a file, and the forms in which APIs and programs write a tweet."""
