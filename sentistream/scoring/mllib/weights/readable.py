"""N-grams as people read them: with what the cleaning left of links and names as words."""

import re

NAME, LINK = re.compile(r"@\w+"), re.compile(r"(?:https?://|www\.)\S+")
PLACEHOLDERS = {"_url_": "[link]", "_user_": "[name]", "_smile_": "[smile]", "_frown_": "[frown]"}
"""What the trainer's cleaning puts in place of links, names and emoticons (trainer.features.cleaning)."""


def readable(gram: str, *, spelt: bool) -> str:
    """An n-gram for a person: characters together with ␣ between words; names and links, which are a person's, hidden."""
    if spelt:
        return gram.replace(" ", "").replace("_", "␣")
    known = " ".join(PLACEHOLDERS.get(token, token) for token in gram.split(" "))
    return LINK.sub("[link]", NAME.sub("[name]", known))
