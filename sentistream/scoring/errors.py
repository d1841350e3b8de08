"""Why a version can't serve: for good, or for now."""

from sentistream.errors import UserError


class RefusedError(UserError):
    """A version is not what was registered, or nothing that may be loaded; asking again changes nothing."""


class UnreachableError(UserError):
    """The registry, or where it keeps its artefacts, does not answer; it may later."""
