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


@contextmanager
def blaming(version: ModelVersion) -> Iterator[None]:
    """Say of which version, as the registry knows it, a refusal is; that something does not answer is nobody's fault."""
    try:
        yield
    except UnreachableError:
        raise
    except UserError as wrong:
        raise UnfitError(version, said(wrong)) from wrong
