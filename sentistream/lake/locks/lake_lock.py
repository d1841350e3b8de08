"""One writer a lake and topic, one that keeps the tables beside it, one that rescores, one that forgets."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sentistream import object_storage
from sentistream.errors import UserError
from sentistream.process import file_lock

KEEPER, FORGETTER, RESCORER = "kept_beside/lock", "forgetting/lock", "rescoring/lock"
"""In folders of their own: a topic may have any name."""


def only_writer(lake_uri: str, topic: str) -> AbstractContextManager[None]:
    """Hold the lake's lock for a topic.

    If two write all the same, the transactions make the commit of the slower one fail.

    Raises:
        UserError: another processor holds it.
    """
    what = f"Another processor (process {{owner}}) writes {topic} to"
    return _held(lake_uri, f"{topic}.lock", what)


def only_keeper(lake_uri: str) -> AbstractContextManager[None]:
    """Hold the lock of the tables that Delta-Spark commits to: on a local disk two of its processes can both be told "success" for one version.

    Whoever else commits to them (retention, forgetting) holds it, too.

    Raises:
        UserError: another process holds it.
    """
    return _held(lake_uri, KEEPER, "Another process ({owner}) keeps the tables of")


def only_rescoring(lake_uri: str) -> AbstractContextManager[None]:
    """Hold the lock of whoever scores the history anew: two versions at once would undo each other.

    Raises:
        UserError: another process holds it.
    """
    return _held(lake_uri, RESCORER, "Another process ({owner}) rescores the tweets of")


def only_forgetter(lake_uri: str) -> AbstractContextManager[None]:
    """Hold the lock of `lake forget`, whose counts of what was removed would not add up for two at once.

    Raises:
        UserError: another process holds it.
    """
    return _held(lake_uri, FORGETTER, "Another process ({owner}) forgets tweets of")


def writers(lake_uri: str) -> dict[str, str]:
    """Topic → process id, of the processors that write to the lake now; none on an object store, whose leases are not asked."""
    if "://" in lake_uri:
        return {}
    found = {file.stem: file_lock.owner(file) for file in (Path(lake_uri) / "_locks").glob("*.lock")}
    return {topic: process for topic, process in found.items() if process is not None}


def forgetter(lake_uri: str) -> str | None:
    """The process of a `lake forget` that is at work; None where there is none."""
    return None if "://" in lake_uri else file_lock.owner(Path(lake_uri) / "_locks" / FORGETTER)


def keeper(lake_uri: str) -> str | None:
    """The process that keeps the tables that Delta-Spark commits to; None where there is none."""
    return None if "://" in lake_uri else file_lock.owner(Path(lake_uri) / "_locks" / KEEPER)


def _held(lake_uri: str, name: str, what: str) -> AbstractContextManager[None]:
    place = lake_uri.replace("{", "{{").replace("}", "}}")
    taken = f"{what} {place}: stop it first, or choose another LAKE_URI."
    if object_storage.is_remote(lake_uri):
        try:
            from sentistream.lake.locks import lease
        except ModuleNotFoundError as missing:
            raise UserError(
                f"LAKE_URI: {missing.name} is missing: install the extra `s3` (or build the image with S3=1)."
            ) from missing
        return lease.held(f"{lake_uri}/_locks/{name}", taken)
    if "://" in lake_uri:
        return nullcontext()
    return file_lock.held(Path(lake_uri) / "_locks" / name, taken)
