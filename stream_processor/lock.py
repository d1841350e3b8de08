"""One writer a lake and topic."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sentistream import folder_lock


def only_writer(lake_uri: str, topic: str) -> AbstractContextManager[None]:
    """Hold the lake's lock for a topic.

    An object store has no such lock; there the transactions make the commit of the slower of two writers fail.

    Raises:
        UserError: another processor holds it.
    """
    if "://" in lake_uri:
        return nullcontext()
    place = lake_uri.replace("{", "{{").replace("}", "}}")
    taken = (
        f"Another processor (process {{owner}}) writes {topic} to {place}: stop it first, or choose another LAKE_URI."
    )
    return folder_lock.held(Path(lake_uri) / "_locks" / f"{topic}.lock", taken)
