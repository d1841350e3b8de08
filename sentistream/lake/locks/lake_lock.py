"""The locks of a lake: one writer per topic, one keeper of bronze and gold, one rescoring, one erasure."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.process import file_lock

LOCKS = "_locks"
"""The folder of a lake that holds them."""
KEEPER, FORGETTER, RESCORER = "kept_beside/lock", "forgetting/lock", "rescoring/lock"
"""In folders of their own: a topic may have any name."""


def only_writer(lake: Lake, topic: str, key: str = "") -> AbstractContextManager[None]:
    """Hold the lake's lock for a topic.

    If two write all the same, the transactions make the commit of the slower one fail.

    Args:
        lake: where.
        topic: whose processor this is.
        key: `erasure.key.mark` of the holder.

    Raises:
        UserError: another processor holds it.
    """
    what = f"Another processor (process {{owner}}) writes {topic} to"
    return _held(lake, f"{topic}.lock", what, key)


def only_keeper(lake: Lake, key: str = "") -> AbstractContextManager[None]:
    """Hold the lock of bronze and gold. An earlier version's keeper holds it, too, which commits by Delta-Spark: on a local disk two engines can both be told "success" for one version.

    Whoever else commits to them (retention, forgetting) holds it, too.

    Args:
        lake: where.
        key: `erasure.key.mark` of the holder.

    Raises:
        TakenError: another process holds it.
    """
    return _held(lake, KEEPER, "Another process ({owner}) keeps the tables of", key)


def only_rescoring(lake: Lake) -> AbstractContextManager[None]:
    """Hold the lock of a rescoring: two versions at once would undo each other.

    Raises:
        UserError: another process holds it.
    """
    return _held(lake, RESCORER, "Another process ({owner}) rescores the tweets of")


def only_forgetter(lake: Lake) -> AbstractContextManager[None]:
    """Hold the lock of `lake forget`, whose counts of what was removed would not add up for two at once.

    Raises:
        UserError: another process holds it.
    """
    return _held(lake, FORGETTER, "Another process ({owner}) forgets tweets of")


def writers(lake: Lake) -> dict[str, str]:
    """Topic → process id, of the processors that write to the lake now; none on an object store, whose leases are not asked."""
    if lake.folder is None:
        return {}
    holders = {file.stem: file_lock.holder(file) for file in (lake.folder / LOCKS).glob("*.lock")}
    return {topic: holder.process for topic, holder in holders.items() if holder is not None}


def without_key(lake: Lake, key: str) -> list[str]:
    """The running processes that write to the lake and have no key, or another one; on an object store also those that were killed.

    Args:
        lake: where.
        key: `erasure.key.mark` of the right one.

    Raises:
        UserError: the object store refuses.
    """
    if lake.folder is None:
        with _extra_s3():
            from sentistream.lake.locks import lease
        held = lease.holders(f"{lake.uri}/{LOCKS}", lake.storage_options or {})
    else:
        folder = lake.folder / LOCKS
        files = [*sorted(folder.glob("*.lock")), folder / KEEPER]
        found = {str(file.relative_to(folder)): file_lock.holder(file) for file in files}
        held = {name: holder for name, holder in found.items() if holder is not None}
    return [
        f"{who} (process {held[name].process})" for name in held if held[name].note != key and (who := _writes(name))
    ]


def _writes(lock: str) -> str | None:
    """Who writes with a lock; None where that adds no rows of the stream."""
    if lock == KEEPER:
        return "`stream_processor tables`"
    return f"the processor of {lock.removesuffix('.lock')}" if lock.endswith(".lock") and "/" not in lock else None


def forgetter(lake: Lake) -> str | None:
    """The process of a `lake forget` that is at work; None where there is none, and on an object store."""
    return _owner(lake, FORGETTER)


def keeper(lake: Lake) -> str | None:
    """The process that keeps bronze and gold; None where there is none, and on an object store."""
    return _owner(lake, KEEPER)


def _owner(lake: Lake, name: str) -> str | None:
    holder = None if lake.folder is None else file_lock.holder(lake.folder / LOCKS / name)
    return None if holder is None else holder.process


def _held(lake: Lake, name: str, what: str, note: str = "") -> AbstractContextManager[None]:
    place = lake.uri.replace("{", "{{").replace("}", "}}")
    taken = f"{what} {place}: stop it first, or choose another LAKE_URI."
    if lake.folder is not None:
        return file_lock.held(lake.folder / LOCKS / name, taken, note)
    with _extra_s3():
        from sentistream.lake.locks import lease
    return lease.held(f"{lake.uri}/{LOCKS}/{name}", taken, lake.storage_options or {}, note=note)


@contextmanager
def _extra_s3() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as missing:
        raise UserError(
            f"LAKE_URI: {missing.name} is missing: install the extra `s3` (or build the image with S3=1)."
        ) from missing
