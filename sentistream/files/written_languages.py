"""Languages as files write them: BCP 47 tags, as X's own `lang` has them."""

import re
from functools import lru_cache

from sentistream.contracts import label_words

TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z0-9]{2,8})*)")
"""ISO 639's two or three letters, perhaps with a script or region (RFC 5646, 2.1); `English` would be one of the form's reserved words."""


@lru_cache(1024)
def language(written: str) -> str | None:
    """A tag, its language in lower case as X writes it; None where none is written.

    Raises:
        ValueError: what is written is no tag.
    """
    if not label_words.plain(written):
        return None
    tag = TAG.fullmatch(written.strip())
    if tag is None:
        raise ValueError(written)
    return tag[1].lower() + tag[2]
