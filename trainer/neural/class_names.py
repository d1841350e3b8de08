"""What the classes of a ready model mean: told by their names, as a file's labels are, and never by their order."""

from collections.abc import Mapping, Sequence

from sentistream.contracts.label_words import SKIP, WORDS, plain
from sentistream.contracts.labels import POLAR, SENTIMENTS, WITH_NEUTRAL
from sentistream.errors import UserError
from sentistream.terminal import shown


def sentiments_of(names: Sequence[str], said: Mapping[str, str]) -> tuple[str, ...]:
    """The sentiment of each class, in the order of the model's own.

    Args:
        names: the model's, by its number of each class.
        said: what the user says, a name as `plain` leaves it → a sentiment; what it says of other names is for the labels of files.

    Raises:
        UserError: a name has no known meaning, two mean the same, or one is missing.
    """
    listed = ", ".join(shown(name, 40) for name in names)
    there = [plain(name) for name in names]
    found = [said.get(name) or WORDS.get(name, "") for name in there]
    unknown = [name for name, sentiment in zip(names, found, strict=True) if sentiment not in SENTIMENTS]
    if unknown:
        what = "left out by skip" if SKIP in found else "of no known meaning"
        example = ",".join(
            f"{name}={sentiment}" for name, sentiment in zip(names, ("negative", "neutral", "positive"), strict=False)
        )
        raise UserError(
            f"The model's class {shown(unknown[0], 40)} is {what} (its classes are {listed}): say what each means, as in "
            f'--labels "{shown(example, 120)}".',
            exit_code=2,
        )
    if sorted(found) not in (sorted(POLAR), sorted(WITH_NEUTRAL)):
        raise UserError(
            f"The model's classes {listed} mean {', '.join(found)}: negative and positive are needed once each, neutral at most once.",
            exit_code=2,
        )
    return tuple(found)
