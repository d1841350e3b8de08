"""What those who stand before the doors say of a request, in its scope."""

LASTS = "sentistream.lasts"
"""To be called by whoever answers for as long as somebody watches: no bound on the request's seconds holds then."""
IS_HEAD = "sentistream.is_head"
"""There where a door for GET is asked by HEAD, so that what does not end by itself is not begun."""
