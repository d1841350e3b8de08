"""Reading users' files of tweets: what a file is, how it is written, what its columns, ids, dates and labels mean."""
