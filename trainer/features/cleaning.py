"""Cleaning as a stage of the saved pipeline, so that training and serving can't differ (docs/design.md, invariant 1).

Only expressions that any engine can repeat exactly: replacement of listed characters, and regular expressions over
explicit ranges.
"""

from pyspark.ml.feature import RegexTokenizer, SQLTransformer

ENTITIES = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '\\"'),
    ("&#39;", "\\'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
)
"""What X's API encodes, the ampersand last, so that nothing is decoded twice."""

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ’‘"  # noqa: RUF001
LOWER = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþабвгдежзийклмнопрстуфхцчшщъыьэюя\\'\\'"  # noqa: RUF001

REPLACEMENTS = (
    # Links and names say nothing by themselves; that there is one does.
    (r"(?:https?://|www\.)[^\s]+", " _url_ "),
    (r"@[a-z0-9_]+", " _user_ "),
    # Emoticons, before punctuation is taken apart.
    (r"(?:[:;=x]['o^-]?[)\]dp]+|\(['^]?[:;=]|<3+|\^_*\^)(?![a-z0-9])", " _smile_ "),
    (r"(?:[:;=]['o^-]?[(\[/\\|]+|\)['^-]?[:;=]|[:;]_+[:;]|t_+t|</3)(?![a-z0-9])", " _frown_ "),
    # A negation in its many spellings is one token, so that its bigram with the next word is found again.
    (
        r"(?<![a-z])(ca|wo|sha|do|does|did|is|are|was|were|has|have|had|could|would|should|must|need|ai)n'?t(?![a-z])",
        "$1 not",
    ),
    (r"(?<![a-z])cannot(?![a-z])", "ca not"),
    # "coooool", "coool" and "cool" are one word; "soooo" and "soo" are one, yet not "so".
    (r"([a-z])\1{2,}", "$1$1"),
    (r"([!?.])\1+", " $1$1 "),
)
"""Pattern and replacement, in order, over text in lower case. Java's syntax, restricted to what others share."""

LETTER = r"a-z0-9\u00c0-\u024f\u0370-\u1fff\u2c00-\u2dff\u3040-\ud7ff"
"""Of any script, in lower case."""
SYMBOL = r"\u2600-\u27bf\x{1f000}-\x{1faff}"
"""Signs and emoji."""
TOKEN = rf"[_{LETTER}]+(?:'[a-z]+)?|[!?.]+|[{SYMBOL}]"
"""Words of any script, runs of !, ? and full stops, one token for each symbol or emoji."""


def clean(text: str = "text", output: str = "clean") -> SQLTransformer:
    """The stage that adds the cleaned text."""
    expression = f"`{text}`"
    for entity, character in ENTITIES:
        expression = f"replace({expression}, '{entity}', '{character}')"
    expression = f"translate({expression}, '{UPPER}', '{LOWER}')"
    for pattern, replacement in REPLACEMENTS:
        expression = f'regexp_replace({expression}, r"{pattern}", "{replacement}")'
    return SQLTransformer(statement=f"SELECT *, {expression} AS `{output}` FROM __THIS__")  # noqa: S608 - our own expressions


def tokens(cleaned: str = "clean", output: str = "words") -> RegexTokenizer:
    """The stage that cuts the cleaned text into tokens."""
    return RegexTokenizer(inputCol=cleaned, outputCol=output, pattern=TOKEN, gaps=False, toLowercase=False)


def characters(cleaned: str = "clean", output: str = "characters") -> tuple[SQLTransformer, RegexTokenizer]:
    """The stages that spell the cleaned text, with one `_` for whatever stands between words."""
    between = rf"[^{LETTER}'!?.{SYMBOL}]+"
    spelt = SQLTransformer(statement=f'SELECT *, regexp_replace(`{cleaned}`, r"{between}", "_") AS spelt FROM __THIS__')  # noqa: S608 - our own pattern
    return spelt, RegexTokenizer(inputCol="spelt", outputCol=output, pattern=r"[^\s]", gaps=False, toLowercase=False)
