"""Which version scores, and which one after it.

`serving` holds the placement that scores now, and the one before it, to go back to. `reload` watches for another champion. `stand_in` finds a version
where the one that serves turns out unfit and none is at hand: the one that served last, by `served_versions`, which is the lake's own record; else it
waits for another champion. `standing` is what they all know of versions: which one serves, and which are refused.
"""
