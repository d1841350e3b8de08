"""The page that says why: for a sentence or a tweet of the lake, what decided, word by word.

`tweet` finds a tweet in silver, `versions` brings the version that scored it, `page` shows the explanation of `sentistream.scoring.explanation`.
"""
