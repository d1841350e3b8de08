"""Which column of a table holds what: by its name, by the user's word, or by what stands in it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sentistream.contracts import label_words
from sentistream.errors import UserError
from sentistream.files.options import FileOptions
from sentistream.files.written_dates import PLAIN, tells
from sentistream.files.written_ids import unwrapped_id

TEXT_COLUMNS = (
    "text", "tweet", "tweet_text", "full_text", "content", "sentence", "originaltweet", "original_tweet", "tweet_content",
    "rawcontent", "raw_content", "body", "message", "tweettext", "post", "clean_text", "texts",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "target", "polarity", "sentiment", "airline_sentiment", "labels", "sentiment_label", "tweet_sentiment", "class", "category",
)  # fmt: skip
ID_COLUMNS = ("id", "ids", "tweet_id", "id_str", "tweetid", "status_id", "tweet_id_str", "statusid")
DATE_COLUMNS = (
    "created_at", "date", "tweet_date", "tweet_created", "createdat", "timestamp", "datetime", "tweetat", "created", "time", "posted_at",
)  # fmt: skip
AUTHOR_COLUMNS = (
    "author_id", "user_id", "user", "author", "user_name", "screen_name", "username", "screenname", "handle",
)  # fmt: skip
LANGUAGE_COLUMNS = (
    "lang",
    "language",
    "tweet_lang",
    "tweet_language",
    "lang_code",
    "language_code",
    "iso_language_code",
)
SENTIMENT140_WIDTH, SENTIMENT140_LABELS = 6, ("0", "2", "4")
TWEET_ID_DIGITS = 15
WORDS_OF_A_TEXT = 4
ENOUGH = 0.9
"""Share of the first rows that must agree for a column without a name."""


@dataclass(frozen=True)
class Columns:
    """Positions in a row, counted from 0; several where a column is still to be chosen, the preferred one first."""

    text: int
    labels: tuple[int, ...] = ()
    tweet_id: int | None = None
    dates: tuple[int, ...] = ()
    author: int | None = None
    lang: int | None = None
    author_ids: bool = False
    """Every author is a number, as X's own are."""
    escaped: bool = False
    """SemEval's files write some characters as the six characters \\u2019."""
    sentiment140: bool = False
    """The labels are Sentiment140's: 0, 2 and 4."""


def normalised(name: str) -> str:
    """A column's name without case, margins and signs."""
    return re.sub(r"[\s\-]+", "_", name.strip().strip("\ufeff'\"").strip().lower())


@lru_cache(1024)
def by_names(names: tuple[str, ...]) -> Columns | None:
    """The columns that names tell; None where none is a text's."""
    known = [normalised(name) for name in names]

    def all_of(candidates: Sequence[str]) -> tuple[int, ...]:
        return tuple(known.index(candidate) for candidate in candidates if candidate in known)

    texts, ids, authors = all_of(TEXT_COLUMNS), all_of(ID_COLUMNS), all_of(AUTHOR_COLUMNS)
    if not texts:
        return None
    languages = all_of(LANGUAGE_COLUMNS)
    labels = all_of(LABEL_COLUMNS)
    old = bool(labels) and known[labels[0]] in ("target", "polarity")
    return Columns(
        texts[0],
        labels,
        ids[0] if ids else None,
        all_of(DATE_COLUMNS),
        authors[0] if authors else None,
        languages[0] if languages else None,
        sentiment140=old,
    )


def twins(names: tuple[str, ...], columns: Columns, options: FileOptions) -> Iterator[tuple[int, int]]:
    """Pairs of columns of one name of which the first would be taken, and the user gives no number."""
    said = {columns.text: options.text_column, columns.tweet_id: options.id_column}
    said |= dict.fromkeys(columns.labels, options.label_column)
    known = [normalised(name) for name in names]
    taken = (columns.text, columns.tweet_id, columns.author, columns.lang, *columns.labels, *columns.dates)
    for place in dict.fromkeys(place for place in taken if place is not None):
        if place < len(known) and not (said.get(place) or "").isdigit():
            yield from ((place, other) for other, name in enumerate(known) if name == known[place] and other != place)


def is_header(first: Sequence[str], options: FileOptions) -> bool:
    """Whether a table's first row holds names."""
    if by_names(tuple(first)) is not None:
        return True
    wanted = {normalised(name) for name in (options.text_column, options.label_column, options.id_column) if name}
    if wanted & {normalised(name) for name in first}:
        return True
    return not any(_looks_like_data(cell) for cell in first)


def _looks_like_data(cell: str) -> bool:
    plain = label_words.plain(cell)
    return (
        plain in label_words.WORDS
        or bool(label_words.NUMBER.fullmatch(plain))
        or len(cell.split()) >= WORDS_OF_A_TEXT
        or (unwrapped_id(cell) is not None and len(cell) >= TWEET_ID_DIGITS)
        or (tells(cell) is not None or PLAIN.instant(cell) is not None)
    )


def find(file: str, header: tuple[str, ...] | None, rows: Sequence[Sequence[str]], options: FileOptions) -> Columns:
    """The columns of a table whose first rows these are.

    Raises:
        UserError: the text's column can't be told, or a name that the user gives is none of the file's.
    """
    names = header or ()
    columns = by_names(names) if header else by_content(rows)
    text = _said(file, "--text-column", options.text_column, names, rows)
    label = _said(file, "--label-column", options.label_column, names, rows)
    tweet_id = _said(file, "--id-column", options.id_column, names, rows)
    if text is None and columns is None:
        raise UserError(f"{file}: {_unknown_text(header, rows)}")
    base = columns or _rest(names, text or 0)
    return Columns(
        base.text if text is None else text,
        base.labels if label is None else (label,),
        base.tweet_id if tweet_id is None else tweet_id,
        base.dates,
        base.author,
        base.lang,
        escaped=base.escaped and text is None,
        sentiment140=base.sentiment140 and label is None,
    )


def _rest(names: tuple[str, ...], text: int) -> Columns:
    """The columns beside a text that the user named."""
    known = by_names((*names, "text"))
    return known if known is not None else Columns(text)


def _unknown_text(header: tuple[str, ...] | None, rows: Sequence[Sequence[str]]) -> str:
    if header:
        return f"none of its columns is known to hold the text ({', '.join(header)}): name it by --text-column."
    # Their kinds alone: the sentence may go into a log, and one of them is somebody's text.
    kinds = " | ".join(map(_kind, rows[0])) if rows else ""
    return (
        f"there is no header, and its columns can't be told from the first row ({kinds}): "
        "give their numbers, as in --text-column 2 --label-column 1, or put a header line before it."
    )


def _kind(cell: str) -> str:
    if not cell.strip():
        return "empty"
    return f"{len(cell):,} digits" if cell.isdigit() else f"{len(cell):,} characters"


def _said(
    file: str, option: str, name: str | None, names: tuple[str, ...], rows: Sequence[Sequence[str]]
) -> int | None:
    if name is None:
        return None
    known: Mapping[str, int] = {normalised(each): place for place, each in reversed(list(enumerate(names)))}
    if normalised(name) in known:
        return known[normalised(name)]
    width = len(names) or (len(rows[0]) if rows else 0)
    if name.isdigit() and 0 < int(name) <= width:
        return int(name) - 1
    listed = ", ".join(names) if names else f"1 to {width} (there is no header)"
    raise UserError(f"{file}: {option} {name}: its columns are {listed}.", exit_code=2)


def by_content(rows: Sequence[Sequence[str]]) -> Columns | None:
    """The columns of a table without a header, told by its first rows; None where no column looks like a text."""
    if not rows:
        return None
    columns = list(zip(*rows, strict=False))
    width = len(columns)
    if width == SENTIMENT140_WIDTH and all(cell.strip() in SENTIMENT140_LABELS for cell in columns[0]):
        return Columns(5, (0,), 1, (2,), 4, sentiment140=True)
    words = {place for place, cells in enumerate(columns) if _share(cells, _is_label_word) >= ENOUGH}
    if width == 3 and words == {1} and _share(columns[0], lambda cell: unwrapped_id(cell) is not None) >= ENOUGH:
        return Columns(2, (1,), 0, escaped=True)
    lengths = [
        sum(len(cell) for cell in cells if " " in cell.strip()) if place not in words else 0
        for place, cells in enumerate(columns)
    ]
    text = max(range(width), key=lengths.__getitem__)
    if not lengths[text]:
        return None
    others = [place for place in range(width) if place not in (text, *words)]
    ids = [place for place in others if _share(columns[place], _is_tweet_id) >= ENOUGH]
    dates = [place for place in others if place not in ids and _share(columns[place], _is_date) >= ENOUGH]
    codes = [place for place in others if place not in ids and _share(columns[place], _is_code) >= ENOUGH]
    labels = sorted(words) or ([place for place in codes if len(set(columns[place])) <= 5] if len(rows) > 1 else [])
    if not labels and not ids:
        return None
    return Columns(text, tuple(labels[:1]), ids[0] if ids else None, tuple(dates), None)


def _share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, cells)) / len(cells)


def _is_label_word(cell: str) -> bool:
    return label_words.plain(cell) in label_words.WORDS


def _is_code(cell: str) -> bool:
    return label_words.NUMBER.fullmatch(label_words.plain(cell)) is not None and len(cell.strip()) <= 4


def _is_tweet_id(cell: str) -> bool:
    usable = unwrapped_id(cell)
    return usable is not None and len(usable) >= TWEET_ID_DIGITS


def _is_date(cell: str) -> bool:
    return PLAIN.instant(cell.strip()) is not None or tells(cell) is not None
