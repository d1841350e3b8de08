"""Foreign files are read, compiled and tried in a process apart: bounded in memory and time, without secrets, unable to answer with code.

`process` starts it and reads its answer, `__main__` is that process, `answer` the form of what it says.
"""

from sentistream.scoring.apart.process import ProcessApart

__all__ = ["ProcessApart"]
