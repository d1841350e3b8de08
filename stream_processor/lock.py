"""One writer a lake and topic, and one that keeps the tables beside it."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sentistream import folder_lock, object_storage
from sentistream.errors import UserError


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
    # A folder of its own: a topic may have any name.
    return _held(lake_uri, "kept_beside/lock", "Another process ({owner}) keeps the tables of")


def _held(lake_uri: str, name: str, what: str) -> AbstractContextManager[None]:
    place = lake_uri.replace("{", "{{").replace("}", "}}")
    taken = f"{what} {place}: stop it first, or choose another LAKE_URI."
    if object_storage.is_remote(lake_uri):
        try:
            from sentistream import lease
        except ModuleNotFoundError as missing:
            raise UserError(
                f"LAKE_URI: {missing.name} is missing: install the extra `s3` (or build the image with S3=1)."
            ) from missing
        return lease.held(f"{lake_uri}/_locks/{name}", taken)
    if "://" in lake_uri:
        return nullcontext()
    return folder_lock.held(Path(lake_uri) / "_locks" / name, taken)
