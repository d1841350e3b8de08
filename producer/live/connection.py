"""One client for X's rules and stream: tweepy's, at an address of our choice, one connection at a time, with our own waits between them.

tweepy's loop reconnects by itself and sleeps up to minutes where nothing can wake it; every hook here ends that loop instead, so that
`run` returns with what happened and the caller decides.
"""

import logging
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from producer.live.refusals import Problem, problems
from producer.live.rules import Rule
from producer.live.settings import LOOPBACK

TWEEPYS_HOST = "https://api.twitter.com"
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 30.0
TWEET_FIELDS = ("author_id", "created_at", "lang", "note_tweet", "public_metrics", "referenced_tweets")
"""Beside `id` and `text`, which always come. No expansions: X bills the objects that they add."""
RECEIVE_BYTES = 16 * 1024
"""The socket's receive buffer, which Linux doubles: what X has delivered, and may bill, before it is counted here."""
RULES = "/2/tweets/search/stream/rules"


@dataclass(frozen=True)
class Ending:
    """How a connection ended: with an answer other than 200 (`status`), or broken, silent or closed (`status` is None)."""

    reason: str
    status: int | None = None
    problems: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class Adapter(HTTPAdapter):
    """Keeps little of the stream in the system's buffers."""

    OPTIONS = (*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES))

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """For direct connections."""
        super().init_poolmanager(*args, **options, socket_options=self.OPTIONS)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """For connections by a proxy."""
        return super().proxy_manager_for(*args, **options, socket_options=self.OPTIONS)


class Session(requests.Session):
    """Sends tweepy's requests to `api_url`, with time limits, and keeps the last answer."""

    def __init__(self, api_url: str, silence_seconds: float) -> None:
        super().__init__()
        self._api_url = api_url
        self._silence_seconds = silence_seconds
        for scheme in ("https://", "http://"):
            self.mount(scheme, Adapter())
        self.answer: requests.Response | None = None
        # A proxy can't reach this machine as we do.
        self.trust_env = urlsplit(api_url).hostname not in LOOPBACK
        # Anything here keeps requests from replacing the bearer token by what ~/.netrc has for the host.
        self.auth = lambda request: request

    def request(self, method: str, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """As the base class does, elsewhere."""
        options["timeout"] = (CONNECT_SECONDS, self._silence_seconds if options.get("stream") else ANSWER_SECONDS)
        self.answer = None
        self.answer = super().request(method, self._api_url + str(url).removeprefix(TWEEPYS_HOST), *args, **options)
        return self.answer


class Connection(tweepy.StreamingClient):  # type: ignore[misc]  # tweepy has no types
    """X's filtered stream; `run` blocks in the calling thread, `end` may be called from any."""

    def __init__(self, token: str, api_url: str, silence_seconds: float) -> None:
        super().__init__(token, return_type=dict, max_retries=0)
        # At its DEBUG level tweepy logs the request's headers, and with them the token.
        logging.getLogger("tweepy").setLevel(logging.CRITICAL)
        self.session: Session = Session(api_url, silence_seconds)
        self._ended = threading.Event()
        self._ending = Ending("closed")
        self._failure: BaseException | None = None
        self._on_line: Callable[[bytes], None] = lambda _line: None
        self._on_accepted: Callable[[], None] = lambda: None

    def run(self, on_line: Callable[[bytes], None], on_accepted: Callable[[], None], backfill_minutes: int) -> Ending:
        """Read one connection until it ends.

        Args:
            on_line: gets every line without its end; an empty one is X's heartbeat.
            on_accepted: called when X accepts the connection.
            backfill_minutes: minutes of missed posts to ask for; 0 asks for none.

        Raises:
            Exception: whatever `on_line` or `on_accepted` raises.
        """
        self._on_line, self._on_accepted = on_line, on_accepted
        self._ending, self._failure = Ending("closed by X"), None
        wanted = {"backfill_minutes": backfill_minutes} if backfill_minutes else {}
        self.filter(tweet_fields=list(TWEET_FIELDS), **wanted)
        if self._failure is not None:
            raise self._failure
        return self._ending

    def leave(self) -> None:
        """End the running connection after the current line; for the thread that reads."""
        self.disconnect()

    def end(self) -> None:
        """End the running connection at once, and every later one as soon as it is accepted."""
        self._ended.set()
        self.disconnect()
        answer = self.session.answer
        if answer is not None:
            try:
                answer.raw.shutdown()
            except (ValueError, RuntimeError, OSError):
                return  # It has ended by itself meanwhile.

    def rules(self) -> list[Rule]:
        """The app's rules, all pages."""
        rules: list[Rule] = []
        page: dict[str, str] = {}
        while True:
            answer = self.request("GET", RULES, params=page).json()
            rules += [Rule(each["value"], each.get("tag"), each["id"]) for each in answer.get("data", [])]
            following = answer.get("meta", {}).get("next_token")
            if not following:
                return rules
            page = {"pagination_token": following}

    def add(self, rules: tuple[Rule, ...], dry_run: bool = False) -> tuple[Problem, ...]:
        """Add rules, or only have X check them; what X finds wrong with them, an empty tuple where nothing."""
        added = self.add_rules([tweepy.StreamRule(rule.value, rule.tag) for rule in rules], **_dry(dry_run))
        return problems(added)

    def remove(self, rules: tuple[Rule, ...]) -> tuple[Problem, ...]:
        """Remove rules by their ids; what X finds wrong with that."""
        return problems(self.delete_rules([rule.rule_id for rule in rules]))

    def on_connect(self) -> None:
        """X accepts."""
        if self._ended.is_set():
            self.disconnect()
        else:
            self._on_accepted()

    def on_data(self, raw_data: bytes) -> None:
        """A line."""
        self._on_line(raw_data)

    def on_keep_alive(self) -> None:
        """An empty line."""
        self._on_line(b"")

    def on_closed(self, response: requests.Response) -> None:
        """X ended the answer."""
        self.disconnect()

    def on_request_error(self, status_code: int) -> None:
        """X refuses."""
        self.disconnect()
        answer = self.session.answer
        causes = problems(answer.content) if answer is not None else ()
        headers = answer.headers if answer is not None else {}
        said = ": " + "; ".join(map(str, causes)) if causes else ""
        self._ending = Ending(f"HTTP {status_code}{said}", status_code, causes, headers)

    def on_connection_error(self) -> None:
        """The network broke the connection off, or nothing came for too long."""
        self.disconnect()
        self._ending = Ending(root_cause(sys.exception()))

    def on_exception(self, exception: Exception) -> None:
        """Anything that tweepy does not expect: an answer that can't be decoded, or an error of our own."""
        if isinstance(exception, requests.RequestException):
            self._ending = Ending(root_cause(exception))
        else:
            self._failure = exception

    def on_disconnect(self) -> None:
        """Nothing to do: `run` returns."""


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dry_run": "true"} if dry_run else {}


def root_cause(error: BaseException | None) -> str:
    """The innermost reason of a network error, without the addresses that wrap it."""
    cause = error
    while cause is not None and (cause.__cause__ or cause.__context__) is not None:
        cause = cause.__cause__ or cause.__context__
    return f"{type(cause).__name__}: {cause}"[:200]
