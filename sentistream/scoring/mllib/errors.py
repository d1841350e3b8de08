"""The reason for which a pipeline can't be compiled and is scored by Spark."""


class CannotCompileError(Exception):
    """A stage means something that the compiled scorer would not repeat exactly; the message names it."""
