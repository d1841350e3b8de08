"""Which version scores the stream, and which one after it; what that shares with other services is `sentistream.scoring.succession`.

`serving` holds the placement that scores now, and the one before it, to go back to. `stand_in` finds a version where the one that serves turns out unfit
and none is at hand: the one that served last, by `served_versions`, which is the lake's own record; else it waits for another champion.
"""
