"""Why a pipeline can't be compiled, and why one may not be run at all."""


class CannotCompileError(Exception):
    """A stage means something that the compiled scorer would not repeat exactly; the message names it."""


class NotUnderstoodError(CannotCompileError):
    """A saved pipeline holds something that is not on the list, not finite or out of bounds; the message names stage and field."""
