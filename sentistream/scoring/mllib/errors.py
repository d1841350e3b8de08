"""Why a pipeline is left to Spark."""


class CannotCompileError(Exception):
    """A stage means something that the compiled scorer would not repeat exactly; the message names it."""
