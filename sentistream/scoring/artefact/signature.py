"""Who registered a version: an HMAC-SHA256 over its name, number, digest and the tags that decide a sentiment, by a key that trainer and readers share."""

import hashlib
import hmac
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import structlog

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.errors import RefusedError, SigningKeyError
from sentistream.settings import RegistrySettings

log = structlog.get_logger()
SHORTEST_KEY = 32
LONGEST_KEY = 4096
WHAT = "sentistream.model/2"
"""What is signed, so that no other use of the key makes a signature of a version."""


def require_key(settings: RegistrySettings) -> None:
    """Read the key where one is set, before anything is done that would be in vain without it.

    Raises:
        SigningKeyError: it can't be read or is too short.
    """
    _key(settings)


def signed(settings: RegistrySettings, model: ModelVersion) -> ModelVersion:
    """A version with its digest, signed; without a signature where no key is set.

    Raises:
        SigningKeyError: the key can't be read or is too short.
    """
    key = _key(settings)
    return model if key is None else replace(model, signature=_signature(key, model))


def require(settings: RegistrySettings, model: ModelVersion) -> None:
    """Hold a version, as its tags describe it, against its signature, where a key is set.

    Raises:
        RefusedError: it is not signed, or not by this key.
        SigningKeyError: the key can't be read or is too short.
    """
    key = _key(settings)
    if key is None:
        return
    if not model.signature:
        raise RefusedError(
            f"{model.uri} is not signed, and MODEL_SIGNING_KEY_FILE is set: `sentistream models --adopt {model.version}` signs it."
        )
    if not hmac.compare_digest(model.signature.encode(errors="replace"), _signature(key, model).encode()):
        raise RefusedError(
            f"{model.uri} is not signed with the key in MODEL_SIGNING_KEY_FILE, or its tags were changed since: `sentistream models --adopt {model.version}` signs it anew."
        )


def _signature(key: bytes, model: ModelVersion) -> str:
    described = (model.flavour, str(model.labels), model.band.low, model.band.high, model.languages)
    # As JSON no two versions give the same message, and any text that a tag may hold gives one.
    message = json.dumps((WHAT, model.name, model.version, model.digest, *described), separators=(",", ":"))
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _key(settings: RegistrySettings) -> bytes | None:
    if settings.model_signing_key_file is None:
        return None
    file = Path(settings.model_signing_key_file)
    try:
        with file.open("rb") as content:
            key = content.read(LONGEST_KEY)
            others_may_read = os.fstat(content.fileno()).st_mode & stat.S_IROTH
    except OSError as refused:
        raise SigningKeyError(f"{file} (MODEL_SIGNING_KEY_FILE) can't be read: {refused.strerror}.") from refused
    # Text ends in a line's end, which is none of the key; of random bytes the last may be one.
    key = key.rstrip(b"\r\n") if key.isascii() else key
    if len(key) < SHORTEST_KEY:
        raise SigningKeyError(
            f"{file} (MODEL_SIGNING_KEY_FILE) holds {len(key)} bytes, a key has at least {SHORTEST_KEY}: "
            "`openssl rand -hex 32` makes one."
        )
    # In a container nobody else is there, and a secret has the mode that it has on the host.
    if others_may_read and file.parent != Path(os.environ.get("SECRETS_FOLDER", "/run/secrets")):
        log.warning("the signing key can be read by every user of this machine", file=str(file), remedy="chmod 600")
    return key
