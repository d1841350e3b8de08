"""Leases: locks on an object store, which gives none back by itself. A holder renews its lease; another process takes over one that has gone silent.

Nobody's clock is trusted: whoever finds a lease watches it for as long as a lease lasts, and takes it only where its entity tag has not changed
meanwhile. Every write is conditional (`If-None-Match`, `If-Match`), so of two that try at once one succeeds.
"""

import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import obstore
import orjson
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from sentistream import object_storage
from sentistream.errors import UserError, said
from sentistream.process.file_lock import Holder, TakenError
from sentistream.process.periodic import Periodic

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

log = structlog.get_logger()
SECONDS = 15.0
"""How long a holder may be silent: the most that a killed one delays the next."""
RENEWALS = 5
"""Within that time."""
REFUSALS = (BaseError, FileNotFoundError)


@contextmanager
def held(
    location: str, taken: str, storage_options: Mapping[str, str], seconds: float = SECONDS, note: str = ""
) -> Iterator[None]:
    """Hold the lease at `s3://bucket/key`, renewed by a thread until the end.

    Where another process takes it all the same (this one was silent for too long), this one is told to stop as by SIGTERM.

    Args:
        location: an object, created where it is missing and deleted at the end.
        taken: the sentence for when another process holds it, with `{owner}` for that process.
        storage_options: how the store is reached.
        seconds: how long a silent holder keeps it.
        note: one word that others may ask for.

    Raises:
        UserError: another process holds it, or took it meanwhile; or the store refuses.
    """
    store, key = _store(location, storage_options, seconds)
    lease = _Lease(store, key, seconds, note)
    try:
        other = lease.take()
    except REFUSALS as refused:
        raise UserError(f"{location} can't be written: {_line(refused)}") from refused
    if other is not None:
        raise TakenError(taken.format(owner=other))
    try:
        with Periodic("lease", lease.renew, seconds / RENEWALS, failing="the lock can't be renewed, trying again"):
            yield
    finally:
        lease.give_back()
    if lease.lost_to is not None:
        raise UserError(taken.format(owner=lease.lost_to))


def holders(folder: str, storage_options: Mapping[str, str]) -> dict[str, Holder]:
    """For each lease below `s3://bucket/folder`, by its name there: who holds it, or held it when it was killed.

    Raises:
        UserError: the store refuses.
    """
    store, below = _store(folder, storage_options, SECONDS)
    try:
        keys = [each["path"] for each in obstore.list(store, below).collect()]
        read = {key: _Lease(store, key, SECONDS).holder() for key in keys}
    except REFUSALS as refused:
        raise UserError(f"{folder} can't be read: {_line(refused)}") from refused
    return {key.removeprefix(f"{below}/"): holder for key, holder in read.items() if holder is not None}


def _store(location: str, storage_options: Mapping[str, str], seconds: float) -> tuple[S3Store, str]:
    """The bucket of a location, and its key there."""
    bucket, key = object_storage.split(location)
    # A store that is away is asked again by each renewal, and not for minutes by one.
    within = timedelta(seconds=seconds / RENEWALS)
    retrying: RetryConfig = {"max_retries": 2, "retry_timeout": within}
    # What delta-rs takes among the store's options, obstore takes among the client's.
    config = cast("S3Config", {name: value for name, value in storage_options.items() if name != "aws_allow_http"})
    client: ClientConfig = {"allow_http": True, "timeout": max(within, timedelta(seconds=2))}
    return S3Store(bucket, config=config, client_options=client, retry_config=retrying), key


class _Lease:
    def __init__(self, store: S3Store, key: str, seconds: float, note: str = "") -> None:
        self._store = store
        self._note = note
        self._key = key
        self._seconds = seconds
        self._owner = f"{os.getpid()} on {socket.gethostname()}"
        self._id = uuid.uuid4().hex
        self._tag = ""
        self.lost_to: str | None = None
        """Who has it now, where that is another."""

    def take(self) -> str | None:
        """Create it, or take it from a holder that has gone silent; who holds it where that is not so.

        Raises:
            UserError: the store can't be relied on.
            BaseError: it refuses.
        """
        watched, deadline = "", 0.0
        while not self._create():
            content = self._read()
            if content is None:
                continue
            tag, holder = content
            if holder.get("id") == self._id:
                # The answer to our own write was lost, and it was sent again.
                self._tag = tag
                return None
            if not watched:
                watched, deadline = tag, time.monotonic() + self._seconds
                log.info("the lock is there, watching whether its holder lives", holder=holder.get("owner", "unknown"))
            if tag != watched:
                return holder.get("owner", "unknown")
            if time.monotonic() >= deadline:
                # Whoever else has watched it tries it now, too: one of us gets it, and the others see another tag.
                with suppress(PreconditionError):
                    self._write(tag)
                    return None
            time.sleep(self._seconds / RENEWALS / 4)
        if self._create():
            raise UserError(
                "LAKE_URI: this object store ignores conditional writes (If-None-Match), so two writers could overwrite each other's "
                "commits: take a store that knows them."
            )
        return None

    def holder(self) -> Holder | None:
        """Who holds it, or held it last; None where it was given back.

        Raises:
            BaseError: the store refuses.
        """
        content = self._read()
        return None if content is None else Holder(content[1].get("owner", "unknown"), content[1].get("note", ""))

    def renew(self) -> None:
        """Renew it; where another has it by now, tell this process once to stop.

        Raises:
            BaseError: the store does not answer; what nobody takes meanwhile is still ours when it is back.
        """
        if self.lost_to is not None:
            return
        try:
            self._write(self._tag)
        except (PreconditionError, FileNotFoundError):
            self._look()
        if self.lost_to is not None:
            log.error("another process has taken the lock", owner=self.lost_to)
            os.kill(os.getpid(), signal.SIGTERM)

    def give_back(self) -> None:
        """Delete it, if it is still ours."""
        try:
            content = self._read()
            if content is not None and content[1].get("id") == self._id:
                obstore.delete(self._store, self._key)
        except REFUSALS as away:
            log.warning("the lock could not be given back, the next start waits for it", error=_line(away))

    def _look(self) -> None:
        """Whose it is after a refused renewal: ours where only the answer to one was lost, and where somebody deleted it."""
        try:
            content = self._read()
            if content is None:
                self._create()
            elif content[1].get("id") == self._id:
                self._tag = content[0]
            else:
                self.lost_to = content[1].get("owner", "unknown")
        except REFUSALS as away:
            log.warning("the lock can't be read, trying again", error=_line(away))

    def _create(self) -> bool:
        try:
            self._tag = str(obstore.put(self._store, self._key, self._content(), mode="create")["e_tag"])
        except AlreadyExistsError:
            return False
        return True

    def _write(self, tag: str) -> None:
        self._tag = str(obstore.put(self._store, self._key, self._content(), mode={"e_tag": tag})["e_tag"])

    def _read(self) -> tuple[str, dict[str, str]] | None:
        """Its entity tag and what its holder wrote; None where there is none."""
        try:
            response = obstore.get(self._store, self._key)
            content = bytes(response.bytes())
        except FileNotFoundError:
            return None
        try:
            holder = orjson.loads(content)
        except orjson.JSONDecodeError:
            holder = {}
        return str(response.meta["e_tag"]), holder if isinstance(holder, dict) else {}

    def _content(self) -> bytes:
        """Another one with each write: an entity tag is a digest of it."""
        return orjson.dumps({"owner": self._owner, "note": self._note, "id": self._id, "written": uuid.uuid4().hex})


def _line(error: Exception) -> str:
    return said(error)
