import asyncio
from collections.abc import AsyncIterator

import pytest

from web_service.feed.viewers import KEPT, Viewers
from web_service.problems import ProblemError


async def heard(events: AsyncIterator[bytes], number: int) -> list[bytes]:
    return [await anext(events) for _ in range(number)]


def test_an_event_is_written_once_for_all_who_watch() -> None:
    async def watch() -> list[list[bytes]]:
        viewers = Viewers(2)
        streams = [viewers.join(None, b"hello") for _ in range(2)]
        told = [asyncio.create_task(heard(stream, 2)) for stream in streams]
        await asyncio.sleep(0)
        event = b"event"
        viewers.publish(event, "1")
        found = list(await asyncio.gather(*told))
        assert all(content is event or content == event for _, content in found)
        assert viewers.watching == 2
        viewers.close()
        for stream in streams:
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
        assert viewers.watching == 0
        return found

    assert asyncio.run(watch()) == [[b"hello", b"event"]] * 2


def test_whoever_comes_back_gets_what_was_missed_and_no_beat_of_it() -> None:
    async def watch() -> bytes:
        viewers = Viewers(2)
        await anext(viewers.join(None, b""))
        for name, content in (("1", b"one "), ("2", b"two "), (None, b"beat "), ("3", b"three ")):
            viewers.publish(content, name)
        await asyncio.sleep(0)
        return (await heard(viewers.join("1", b"now"), 1))[0]

    assert asyncio.run(watch()) == b"two three now"


def test_whoever_missed_more_than_is_kept_is_told_the_newest_alone() -> None:
    async def watch() -> bytes:
        viewers = Viewers(2)
        await anext(viewers.join(None, b""))
        for number in range(KEPT + 2):
            viewers.publish(b"old", str(number))
        await asyncio.sleep(0)
        return (await heard(viewers.join("0", b"now"), 1))[0]

    assert asyncio.run(watch()) == b"now"


def test_no_more_than_some_may_watch() -> None:
    async def watch() -> None:
        viewers = Viewers(1)
        first = viewers.join(None, b"")
        await anext(first)
        with pytest.raises(ProblemError, match="WEB_VIEWERS"):
            viewers.join(None, b"")

    asyncio.run(watch())
