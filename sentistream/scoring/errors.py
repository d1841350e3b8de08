"""Why a version can't serve: for good, or for now."""

from collections.abc import Iterator
from contextlib import contextmanager

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said


class RefusedError(UserError):
    """A version is not what was registered, or nothing that may be loaded; asking again changes nothing."""


class UnfitError(RefusedError):
    """What is wrong with a version that is known by name; the sentence names it and holds nothing of a text."""

    def __init__(self, version: ModelVersion, sentence: str) -> None:
        super().__init__(sentence)
        self.version = version


class UnreachableError(UserError):
    """The registry, or where it keeps its artefacts, does not answer; it may later."""


class RegistryRefusedError(UnreachableError):
    """The registry answers, and does not let us in; waiting changes nothing."""


class NotLoadedError(UnreachableError):
    """The machine was too busy to load a version, or had too little memory for it; it may be otherwise later."""

    def __init__(self, version: ModelVersion, sentence: str) -> None:
        super().__init__(sentence)
        self.version = version


class SigningKeyError(UserError):
    """The signing key can't be used. Whoever mends the file changes nothing of a version."""


OF_NO_VERSION = (UnreachableError, SigningKeyError)
"""What is no version's fault, and so refuses none for good."""


@contextmanager
def blaming(version: ModelVersion) -> Iterator[None]:
    """Say of which version, as the registry knows it, a refusal is; what is `OF_NO_VERSION` stays as it is."""
    try:
        yield
    except OF_NO_VERSION:
        raise
    except UserError as wrong:
        raise UnfitError(version, said(wrong)) from wrong
