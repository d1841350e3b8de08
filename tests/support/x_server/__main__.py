"""`python -m tests.support.x_server [PORT]`: the stand-in with invented posts, one a second, until it is interrupted."""

import sys
import time
from collections.abc import Iterator

from tests.support.x_server.posts import invented
from tests.support.x_server.script import KeepAlive, Posts, Step
from tests.support.x_server.server import TOKEN, XServer

POSTS = 100_000


def one_a_second() -> Iterator[Step]:
    """A post, a second's pause with an empty line, and so on."""
    for _ in range(POSTS):
        yield Posts(1)
        yield KeepAlive()


def main(port: int) -> None:
    """Serve until interrupted; on any free port for 0."""
    with XServer(invented(POSTS), port=port) as x:
        x.keep_alive_seconds = 1.0
        x.default = one_a_second
        sys.stdout.write(
            f"X_API_URL={x.url} X_BEARER_TOKEN={TOKEN} .venv/bin/python -m producer live --query birds --max-posts 60 --budget-file .local/x_server.json\n"
        )
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
