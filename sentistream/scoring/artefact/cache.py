"""Bringing a version's files into the local cache, once, and knowing them again at each start."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import full_stop
from sentistream.process import file_lock
from sentistream.scoring import registry_connection
from sentistream.scoring.artefact import manifest, room, signature, source, store
from sentistream.scoring.artefact.copies import Artefact, held, place
from sentistream.scoring.artefact.store import Store
from sentistream.scoring.errors import RefusedError, UnreachableError
from sentistream.settings import RegistrySettings


def fetch(settings: RegistrySettings, model: ModelVersion) -> Artefact:
    """A version's files, which are what its digest and its signature say; copied once, and anew where the copy was cut or changed.

    Raises:
        RefusedError: they are not what was registered, or nothing that may be loaded.
        UnreachableError: they can't be had now.
        SigningKeyError: the signing key can't be used.
    """
    target = place(settings, model)
    signature.require(settings, model)
    room.note_use(target)
    digest = held(target, model)
    if digest is None:
        room.make(target.parent)
        # A copy that another process loads from is never taken away: whoever waited here finds it whole.
        lock = target.with_name(f"{target.name}.lock")
        # A cache whose disk is full may have room later, as a store may answer.
        with registry_connection.answering(settings), file_lock.waited_for(lock):
            digest = held(target, model)
            if digest is None:
                with _copied(settings, model, target.parent) as part:
                    digest = _checked(model, part)
                    shutil.rmtree(target, ignore_errors=True)
                    part.rename(target)
                    room.note_use(target)
    return Artefact(target / model.flavour, digest)


def taken(settings: RegistrySettings, model: ModelVersion) -> ModelVersion:
    """Bring the files of a version here as they are now, to be what its number means from now on; the version with their digest.

    Raises:
        RefusedError: they are nothing that may be loaded.
        UnreachableError: they can't be had now.
    """
    cache = Path(settings.model_cache)
    cache.mkdir(parents=True, exist_ok=True)
    room.make(cache)
    with _copied(settings, model, cache) as part:
        (part / manifest.NAME).unlink(missing_ok=True)
        registered = replace(model, digest=_checked(replace(model, digest=""), part))
        target = place(settings, registered)
        with file_lock.waited_for(target.with_name(f"{target.name}.lock")):
            if manifest.held(target) is None:
                shutil.rmtree(target, ignore_errors=True)
                part.rename(target)
    return registered


def store_manifest(settings: RegistrySettings, model: ModelVersion) -> None:
    """Put the manifest of a version that was `taken` beside its files in the store.

    Raises:
        RefusedError: its source is none that models are read from.
        UnreachableError: the store does not answer.
    """
    with registry_connection.answering(settings):
        _store(settings, model).put(place(settings, model) / manifest.NAME)


def _store(settings: RegistrySettings, model: ModelVersion) -> Store:
    registry = registry_connection.client(settings)
    return store.at(source.locate(settings, registry, model))


@contextmanager
def _copied(settings: RegistrySettings, model: ModelVersion, beside: Path) -> Iterator[Path]:
    """A new folder with all files of a version, gone afterwards unless it was renamed."""
    part = Path(tempfile.mkdtemp(dir=beside))
    try:
        with registry_connection.answering(settings):
            if not _fill(_store(settings, model), model, part):
                raise UnreachableError(f"{model.uri} has no files where the registry says that it lies.")
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(held: Store, model: ModelVersion, part: Path) -> int:
    """Copy the files of a version; how many there are."""
    try:
        sizes = store.listed(held)
        held.fill(part, sizes)
        if (part / manifest.NAME).is_dir():
            raise RefusedError(f"its {manifest.NAME} is a folder.")
    except RefusedError as odd:
        raise RefusedError(f"{model.uri} can't be read: {odd}") from odd
    return len(sizes)


def _checked(model: ModelVersion, part: Path) -> str:
    """The digest of the files in a new copy, which gets a manifest where it has none.

    Raises:
        RefusedError: they are not what was registered, or none of the version's flavour.
    """
    there = manifest.of(part)
    if model.digest:
        _require_registered(model, part, there)
    elif (part / manifest.NAME).exists():
        raise RefusedError(
            f"{model.uri} has a {manifest.NAME} and no tag digest: its registration was cut, or the tag was taken away. "
            f"`sentistream models --adopt {model.version}` proves it and writes one."
        )
    if not (part / model.flavour).is_dir():
        raise RefusedError(f"{model.uri} has no {model.flavour} model among its files.")
    (part / manifest.NAME).write_bytes(there.encoded)
    return there.digest


def _require_registered(model: ModelVersion, part: Path, there: manifest.Manifest) -> None:
    file = part / manifest.NAME
    written = file.read_bytes() if file.is_file() and file.stat().st_size <= manifest.MOST_BYTES else b""
    if hashlib.sha256(written).hexdigest() != model.digest:
        raise RefusedError(
            f"{model.uri}'s file {manifest.NAME} isn't what was registered: its SHA-256 is not that of the tag digest."
        )
    try:
        different = manifest.parse(written).difference(there)
    except ValueError as odd:
        raise RefusedError(full_stop(f"{model.uri}'s file {manifest.NAME} is none: {odd}")) from odd
    if different is not None:
        raise RefusedError(f"{model.uri}'s {different}.")
