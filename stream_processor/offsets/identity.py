"""The topic's identity: whether what was read came from the topic that a table is written from.

A topic that is deleted and made again has another id, and no id comes twice. So whoever reads the topic asks for its id after records were read
and before they are committed: where it is the known one then, it was so all the while.
"""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from contextlib import closing

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from sentistream.errors import UserError
from sentistream.kafka import connection, topic
from sentistream.kafka.connection import NoBrokerError
from sentistream.kafka.topic import Topic
from sentistream.process import retry
from sentistream.process.retry import StoppedError
from sentistream.settings import KafkaSettings
from stream_processor.offsets.ledger import Tally
from stream_processor.offsets.resume import plan, recreated

LOOK_SECONDS = 0.2
"""How soon a wait for an answer sees that it is to end."""
IDLE_SECONDS = 5.0
"""How often a reader to whom nothing comes asks."""
EXPLAIN_SECONDS = 2.0
"""How long an explanation waits for a broker."""


def require_same(now: Topic | None, known: Topic) -> Topic:
    """The topic as the broker has it now, if that is the known one.

    Raises:
        UserError: it has none of that name, or another; says which option continues.
    """
    if now is None:
        raise UserError(
            f"The topic {known.name} is gone (KAFKA_TOPIC): it was deleted, and what was read since is not committed. Where it is made again, "
            "--accept-new-topic reads the new one from its beginning."
        )
    if now.topic_id != known.topic_id:
        raise recreated(known.name)
    return now


class TopicIdentity:
    """Asks the broker for the id of one topic, beside the work on what was read from it.

    A broker that does not answer is waited for as at a start (`kafka_wait_seconds`): what can't be asked about can't be committed.
    """

    def __init__(self, settings: KafkaSettings, known: Topic, stopping: threading.Event | None = None) -> None:
        """Make one that has no connection yet.

        Args:
            settings: name the broker.
            known: the topic as the start found it.
            stopping: ends every wait, by a `StoppedError`.
        """
        self._settings = settings
        self._known = known
        self._stopping = stopping or threading.Event()
        self._admin: KafkaAdminClient | None = None
        self._asking = threading.Lock()
        self._idle: Future[None] | None = None
        self._idle_since = time.monotonic()

    def ask(self) -> Future[None]:
        """Ask now; the answer, for `require`, holds for what was read before."""
        answer: Future[None] = Future()
        # Not the pool's: a broker that hangs must not hold up the exit.
        threading.Thread(target=self._answer, args=(answer,), name="topic identity", daemon=True).start()
        return answer

    def require(self, answer: Future[None]) -> None:
        """Wait for an answer.

        Raises:
            UserError: the topic is gone or was made again.
            NoBrokerError: no broker answered in time.
            StoppedError: told to stop before there was an answer.
        """
        while not wait([answer], LOOK_SECONDS).done:
            if self._stopping.is_set():
                raise StoppedError("Told to stop while the broker was asked for the topic.", exit_code=130)
        answer.result()

    def changed(self) -> UserError | None:
        """Why reading can't go on, of a topic from which nothing comes; None where it can, or where nobody knows yet.

        Asked often, it does not wait: the broker is asked every few seconds, in the background. It has to be, since of a topic that was made again
        nothing comes until it has more records than were read of the one before.
        """
        if self._idle is None and time.monotonic() - self._idle_since >= IDLE_SECONDS:
            self._idle = self.ask()
        if self._idle is None or not self._idle.done():
            return None
        refusal = self._idle.exception()
        self._idle, self._idle_since = None, time.monotonic()
        # A broker that is away brings no records, and is asked again.
        if isinstance(refusal, NoBrokerError | StoppedError):
            return None
        return refusal if isinstance(refusal, UserError) else None

    def explain(self, totals: Mapping[int, Tally]) -> UserError | None:
        """Why reading failed: what would stop a start now, or that no broker answers; None where a start would go on.

        Args:
            totals: how far the table has come.
        """
        hasty = self._settings.model_copy(update={"kafka_wait_seconds": EXPLAIN_SECONDS})
        try:
            with closing(connection.connect(hasty, self._stopping)) as admin:
                now = require_same(topic.describe(admin, self._known.name), self._known)
                held = topic.ranges(admin, now)
            plan(now, held, totals, another_topic=False, accept_new_topic=False, accept_data_loss=False)
        except (StoppedError, KafkaError, OSError):
            return None
        except UserError as found:
            return found
        return None

    def close(self) -> None:
        """Close the connection, unless a question is under way: it ends with the process."""
        if self._asking.acquire(blocking=False):
            try:
                self._disconnect()
            finally:
                self._asking.release()

    def _answer(self, answer: Future[None]) -> None:
        try:
            with self._asking:
                now = self._described()
            require_same(now, self._known)
        except BaseException as refusal:
            answer.set_exception(refusal)
        else:
            answer.set_result(None)

    def _described(self) -> Topic | None:
        until_the_broker_answers = retry.until_it_answers(
            (KafkaError, OSError),
            self._settings.kafka_wait_seconds,
            connection.PAUSE_SECONDS,
            stopping=self._stopping,
        )
        try:
            return until_the_broker_answers(self._describe)
        except (KafkaError, OSError) as failure:
            raise NoBrokerError(
                f"The broker at {self._settings.kafka_bootstrap_servers} did not say within {self._settings.kafka_wait_seconds:.0f} s whether "
                f"{self._known.name} is still the topic that was read (KAFKA_BOOTSTRAP_SERVERS): {failure!r}. Start again once it answers."
            ) from failure

    def _describe(self) -> Topic | None:
        if self._admin is None:
            self._admin = connection.connect(self._settings, self._stopping)
        try:
            return topic.describe(self._admin, self._known.name)
        except BaseException:
            # The next try begins with a connection of its own.
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
