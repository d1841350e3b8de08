"""One writer a lake and topic, one that keeps the tables beside it, and one that rescores."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sentistream import folder_lock


def only_writer(lake_uri: str, topic: str) -> AbstractContextManager[None]:
    """Hold the lake's lock for a topic.

    An object store has no such lock; there the transactions make the commit of the slower of two writers fail.

    Raises:
        UserError: another processor holds it.
    """
    what = f"Another processor (process {{owner}}) writes {topic} to"
    return _held(lake_uri, f"{topic}.lock", what)


def only_keeper(lake_uri: str) -> AbstractContextManager[None]:
    """Hold the lock of the tables that Delta-Spark commits to: on a local disk two of its processes can both be told "success" for one version.

    Whoever else commits to them (retention, forgetting) holds it, too. An object store has no such lock.

    Raises:
        UserError: another process holds it.
    """
    # A folder of its own: a topic may have any name.
    return _held(lake_uri, "kept_beside/lock", "Another process ({owner}) keeps the tables of")


def only_rescoring(lake_uri: str) -> AbstractContextManager[None]:
    """Hold the lock of whoever scores the history anew: two versions at once would undo each other. An object store has no such lock.

    Raises:
        UserError: another process holds it.
    """
    return _held(lake_uri, "rescoring/lock", "Another process ({owner}) rescores the tweets of")


def _held(lake_uri: str, name: str, what: str) -> AbstractContextManager[None]:
    if "://" in lake_uri:
        return nullcontext()
    place = lake_uri.replace("{", "{{").replace("}", "}}")
    return folder_lock.held(
        Path(lake_uri) / "_locks" / name, f"{what} {place}: stop it first, or choose another LAKE_URI."
    )
