"""Which version comes after the one that serves, whatever the service: the stream and the web.

`reload` watches for another champion, `fetching` asks the registry and brings a version here in processes apart, `standing` is what is known of versions:
which one serves, and which are refused.
"""
