"""The page on which a browser gives the token once, and gets a cookie that proves it."""
