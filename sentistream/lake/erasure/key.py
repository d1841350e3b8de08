"""Keyed hashes of ids: whoever has the tables but not the key can't try out which ids were forgotten."""

import hashlib
from collections.abc import Iterable

from pydantic import SecretStr

from sentistream.settings import AuditSettings

TWEET, AUTHOR = "tweet", "author"
DIGEST_BYTES = 16


class Key:
    """Hashes ids with FORGET_KEY; can be sent to Spark's workers."""

    def __init__(self, secret: SecretStr) -> None:
        # BLAKE2 takes at most 64 bytes as its key, a person may have chosen more.
        self._key = hashlib.blake2b(secret.get_secret_value().encode(), digest_size=32).digest()

    @property
    def check(self) -> int:
        """63 bits by which the same key is known again, as the version of a transaction."""
        return int.from_bytes(self._begun("key").digest()[:8], "big") >> 1

    def digests(self, kind: str, ids: Iterable[int]) -> list[bytes]:
        """The hash of each id."""
        begun = self._begun(kind)
        hashes = []
        for each in ids:
            hashed = begun.copy()
            hashed.update(b"%d" % each)
            hashes.append(hashed.digest())
        return hashes

    def _begun(self, kind: str) -> "hashlib.blake2b":
        return hashlib.blake2b(kind.encode() + b":", key=self._key, digest_size=DIGEST_BYTES)


def mark(settings: AuditSettings) -> str:
    """By what a process says which key it has; empty where it has none. Tells no more of the key than `Key.check`."""
    return "" if settings.forget_key is None else f"{Key(settings.forget_key).check:x}"
