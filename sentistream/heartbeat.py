"""The health check under its documented name, `python -m sentistream.heartbeat`; it lives in `sentistream.process.heartbeat`."""

import sys

from sentistream.process.heartbeat import main

if __name__ == "__main__":
    sys.exit(main())
