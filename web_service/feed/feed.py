"""The feed of one service: a thread that follows silver, the state that pages begin with, and the events that go on from there."""

import secrets
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from sentistream import object_storage
from sentistream.errors import UserError, said
from sentistream.process.periodic import Periodic
from web_service.feed.state import State
from web_service.feed.viewers import Viewers
from web_service.settings import WebSettings

if TYPE_CHECKING:
    from web_service.feed.follower import Follower

LOOK_SECONDS = 0.2
AGAIN_SECONDS = 2.0
"""After a look that failed."""
LOOK_AFAR_SECONDS = 1.0
"""On an object store, where each look is a request that is paid for."""
BEAT_SECONDS = 2.0
"""Without a change: that the service is there, and how old what it shows has become."""


class Feed:
    """Its state and its events are there for any thread.

    Args:
        settings: name the lake, and how many may watch.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._uri = settings.lake_uri
        self._ended = threading.Event()
        pause = LOOK_AFAR_SECONDS if object_storage.is_remote(self._uri) else LOOK_SECONDS
        failing = "silver can't be followed"
        self._thread = Periodic("feed", self._look, pause, failing=failing, at_once=True, ended=self._ended)
        self._follower: Follower | None = None
        self._beaten = 0.0
        self._not_before = 0.0
        self._run = secrets.token_hex(4)
        """Of this run of the service: its events don't go on from the states of another one."""
        self.viewers = Viewers(settings.web_viewers)
        self.state = State()
        """The newest."""

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Follow no more, and let those go who watch: they would hold up the service's end."""
        self.viewers.close()
        self._thread.finish()

    def whole(self) -> bytes:
        """The newest state as JSON."""
        return self._json(self.state.as_dict(self.state.steps, self.state.tweets, None))

    @property
    def name(self) -> str:
        """Of the newest state: the id of the event that brought it."""
        return f"{self._run}-{self.state.number}"

    def beat(self) -> bytes:
        """The event that says how old the newest state is."""
        state = self.state
        told = {"number": state.number, "versions": state.versions, "why": state.why}
        return b"event: beat\ndata: " + self._json(told) + b"\n\n"

    def _look(self) -> None:
        # Arrow and delta-rs, which a service that only scores does without.
        from web_service.feed.follower import Follower

        if time.monotonic() < self._not_before:
            return
        if self._follower is None:
            self._follower = Follower(self._uri, self._ended)
        self._not_before = time.monotonic() + AGAIN_SECONDS
        try:
            is_changed, rows_gone = self._follower.read_on(self._explain)
        except UserError as absent:
            self._explain(said(absent))
            raise
        except Exception as failure:
            # What it says may be anything; the log has it.
            self._explain(f"Silver can't be read now ({type(failure).__name__}); the service's log says why.")
            raise
        self._not_before = 0.0
        if is_changed:
            self._change(self._follower, rows_gone)
        elif time.monotonic() - self._beaten > BEAT_SECONDS:
            self._tell(self.beat())

    def _change(self, follower: "Follower", rows_gone: bool) -> None:
        """Tell what commits brought; all of it, where rows that were told of may be gone."""
        before, window = self.state, follower.window
        latency = follower.latency
        p50, p99 = latency.percentile(50), latency.percentile(99)
        self.state = State(
            before.number + 1,
            (("silver", follower.version),),
            follower.committed_us / 1_000_000,
            window.first,
            window.end,
            window.all(),
            [tweet for tweet in follower.newest.all() if tweet.at >= window.first],
            (p50, p99) if p50 is not None and p99 is not None else None,
            latency.tweets,
            None,
        )
        changed = window.changed()
        if rows_gone:
            told = self.state.as_dict(self.state.steps, self.state.tweets, None)
        else:
            known = {(tweet.partition, tweet.offset, tweet.tweet_id) for tweet in before.tweets}
            new = [t for t in self.state.tweets if (t.partition, t.offset, t.tweet_id) not in known]
            told = self.state.as_dict(changed, new, before.number)
        name = self.name
        self._tell(f"id: {name}\nevent: change\ndata: ".encode() + self._json(told) + b"\n\n", name)

    def _explain(self, why: str) -> None:
        """Say why there is nothing to show, or not yet all."""
        if why != self.state.why:
            self.state = replace(self.state, why=why)
        if time.monotonic() - self._beaten > BEAT_SECONDS:
            self._tell(self.beat())

    def _tell(self, event: bytes, name: str | None = None) -> None:
        self._beaten = time.monotonic()
        self.viewers.publish(event, name)

    def _json(self, told: dict[str, Any]) -> bytes:
        committed = self.state.committed
        age = None if committed is None else max(0.0, time.time() - committed)
        return orjson.dumps({"run": self._run, "age_s": age, **told})
