"""The one exception that is meant for a person, and what is quoted of the others."""


class UserError(Exception):
    """A condition the user can mend, in one sentence that says what was found and what to do.

    Command lines print the sentence without a traceback and exit with `exit_code`.
    """

    def __init__(self, sentence: str, exit_code: int = 1) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def first_line(failure: BaseException) -> str:
    """What an error says first; its kind where it says nothing."""
    return next(iter(str(failure).strip().splitlines()), type(failure).__name__)
