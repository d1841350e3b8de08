"""The one exception that is meant for a person, and what is quoted of the others."""

MOST_CHARACTERS = 500
"""Of a line that is quoted."""


class UserError(Exception):
    """A condition the user can mend, in one sentence that says what was found and what to do.

    Command lines print the sentence without a traceback and exit with `exit_code`.
    """

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def full_stop(words: str) -> str:
    """Words as a sentence: with a full stop, unless the reason that they quote at their end has one already."""
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def said(failure: BaseException) -> str:
    """The one line that says something of what was raised: of Spark's errors, which it wraps many times, the innermost cause; the kind where nothing is said."""
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()] or [type(failure).__name__]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    # Py4J's first line names a variable of its own.
    is_called = lines[0].startswith("An error occurred while calling") and len(lines) > 1
    return (causes[-1] if causes else lines[1].removeprefix(": ") if is_called else lines[0])[:MOST_CHARACTERS]
