"""Objects of which the user, or a look at all of them, says under which keys text, label and id stand."""

from collections.abc import Mapping
from typing import Any

from sentistream.files.json.conversion import Converted, convert
from sentistream.files.json.objects import JsonObject


def converted(row: JsonObject, keys: Mapping[str, str]) -> Converted | None:
    """The object as `convert` has it; of X's own objects the label alone can stand under a key of another's.

    Raises:
        UnusableTweetError: it has no known form, or no text.
    """
    value = row.value
    if not keys:
        return convert(value, row.raw, row.includes)
    is_enveloped = isinstance(value.get("data"), dict)
    tweet = convert(value, row.raw, row.includes) if is_enveloped else convert(_renamed(value, keys))
    if tweet is None or tweet.value is None or "label" not in keys:
        return tweet
    label = value.get(keys["label"])
    return tweet._replace(label=label, labels={"label": label}) if isinstance(label, str | int | float) else tweet


def _renamed(value: dict[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """An object as a row of a table."""
    taken = {what: value.get(key) for what, key in keys.items()}
    return {**taken, **{name: each for name, each in value.items() if name not in taken}}
