"""The stand-in's HTTP server."""

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

from tests.support.x_server.rules import Rulebook
from tests.support.x_server.script import (
    CutLine,
    Gzip,
    KeepAlive,
    Posts,
    Raw,
    Refusal,
    Repeat,
    Silence,
    Step,
    unauthorized,
)

STREAM, RULES = "/2/tweets/search/stream", "/2/tweets/search/stream/rules"
TOKEN = "AAAAinvented%2Ftoken"  # noqa: S105  # the stand-in's own
CHUNK = 700
"""Bytes of a chunk: a post comes in several."""


@dataclass(frozen=True)
class Request:
    """A request as it came, and when (monotonic seconds)."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    at: float


class XServer:
    """Serves on loopback while it is entered; a script's connections are played in turn, after them `default`'s steps each time.

    `connections` entries are a `Refusal`, or steps after which the server ends the answer properly.
    """

    def __init__(
        self,
        posts: Sequence[bytes],
        connections: Sequence[Refusal | Sequence[Step]] = (),
        rules: Refusal | None = None,
        port: int = 0,
    ) -> None:
        self.posts = list(posts)
        self.script = list(connections)
        self.rules_refusal = rules
        self.rulebook = Rulebook()
        self.requests: list[Request] = []
        self.sent: list[bytes] = []
        self.keep_alive_seconds = 0.05
        self.default: Callable[[], Iterable[Step]] = all_posts
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"x": self}))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def streams(self) -> list[Request]:
        """The connections to the stream."""
        return [request for request in self.requests if request.path == STREAM]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


def all_posts() -> Iterator[Step]:
    """All posts that are left, then signs of life."""
    yield Posts()
    while True:
        yield KeepAlive()


class _Handler(BaseHTTPRequestHandler):
    x: XServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""

    def do_GET(self) -> None:
        path = self._note(None)
        if path == RULES:
            self._rules()
        elif path == STREAM:
            self._stream()

    def do_POST(self) -> None:
        self._note(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._rules()

    def _note(self, body: Any) -> str:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.x.requests.append(Request(self.command, parts.path, query, body, time.monotonic()))
        return parts.path

    @property
    def _known(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {TOKEN}"

    def _rules(self) -> None:
        request = self.x.requests[-1]
        refusal = self.x.rules_refusal if self._known else unauthorized()
        if refusal is not None:
            self._answer(refusal.status, refusal.body, refusal.headers)
        elif self.command == "GET":
            self._answer(200, self.x.rulebook.listed(request.query.get("pagination_token")), {})
        else:
            self._answer(*self.x.rulebook.change(request.body, request.query.get("dry_run") == "true"), {})

    def _answer(self, status: int, body: Any, headers: dict[str, str]) -> None:
        written = orjson.dumps(body)
        self.send_response(status)
        kind = "application/json" if status < 300 else "application/problem+json"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(written)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(written)

    def _stream(self) -> None:
        steps = self.x.script.pop(0) if self.x.script else self.x.default()
        refusal = steps if isinstance(steps, Refusal) else None if self._known else unauthorized()
        if refusal is not None:
            self._answer(refusal.status, refusal.body, refusal.headers)
            return
        assert not isinstance(steps, Refusal)
        self.close_connection = True
        compressed = isinstance(steps, Sequence) and any(isinstance(step, Gzip) for step in steps)
        self._deflate = zlib.compressobj(wbits=31) if compressed else None
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        if self._deflate:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        try:
            if all(self._take(step) for step in steps):
                self._send(b"", last=True)
        except OSError:
            return  # The client has left.

    def _take(self, step: Step) -> bool:
        """Do one step; False where it breaks the connection."""
        match step:
            case Posts(number):
                for _ in range(len(self.x.posts) if number is None else min(number, len(self.x.posts))):
                    post = self.x.posts.pop(0)
                    self.x.sent.append(post)
                    self._send(post + b"\r\n")
            case Repeat(number):
                for post in self.x.sent[-number:]:
                    self._send(post + b"\r\n")
            case CutLine(politely):
                half = self.x.posts[0][: len(self.x.posts[0]) // 2]
                self._send(half, last=politely)
                if not politely:
                    self.wfile.write(b"%x\r\nhalf" % CHUNK)
                return False
            case Raw(line):
                self._send(line + b"\r\n")
            case KeepAlive():
                self._send(b"\r\n")
                self.x.closing.wait(self.x.keep_alive_seconds)
            case Silence():
                # The client's end of the connection is all that comes here.
                self.connection.settimeout(None)
                self.rfile.read(1)
            case Gzip():
                pass
        return not self.x.closing.is_set()

    def _send(self, content: bytes, last: bool = False) -> None:
        if self._deflate:
            content = self._deflate.compress(content) + self._deflate.flush(
                zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH
            )
        for start in range(0, len(content), CHUNK):
            part = content[start : start + CHUNK]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        if last:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
