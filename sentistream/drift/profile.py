"""A version's profile: what it says of held-out rows and what these look like, as numbers; written with the version and sealed by its digest.

What it meets later is counted by the same yardstick, and held against it. No text is in it: known words are 32-bit hashes.
"""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from sentistream.contracts.labels import LabelMap
from sentistream.drift.words import Hashes, hashed, words
from sentistream.drift.yardstick import BINS, MOST_LANGUAGES, WIDTHS, Yardstick
from sentistream.errors import UserError

NAME = "sentistream-profile.json"
"""The file of a version's artefact."""
FORM = 1
MOST_BYTES = 4 << 20
MOST_WORDS = 65_536
LEAST_TWEETS = 2
"""In how many training rows a word stands at least to be known; a word of one tweet says more of that tweet than of the language."""
PIECE_TEXTS = 50_000
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Profile:
    """A version on its held-out rows."""

    yardstick: Yardstick
    rows: int
    counts: dict[str, Counts]
    """As `Yardstick.counted` has them, of all rows: int64[bins]."""
    confidence: float
    """Mean of the most probable class's probability; NaN where it is not known."""

    @property
    def accuracy(self) -> float | None:
        """On the held-out rows; None where none has a label that counts."""
        labelled = int(self.counts["labelled"][0])
        return int(self.counts["correct"][0]) / labelled if labelled else None

    @property
    def encoded(self) -> bytes:
        """As it is stored."""
        stick = self.yardstick
        return orjson.dumps(
            {
                "profile": FORM,
                "labels": str(stick.labels),
                "split": stick.split,
                "rows": self.rows,
                "confidence": None if np.isnan(self.confidence) else self.confidence,
                "counts": {name: self.counts[name].tolist() for name in WIDTHS},
                "score_edges": stick.score_edges.tolist(),
                "length_edges": stick.length_edges.tolist(),
                "languages": stick.languages,
                "language_of": stick.language_of.tolist(),
                "telling": _packed(stick.telling),
                "known": _packed(stick.known),
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )


def of(
    labels: LabelMap,
    split: str,
    training: pa.ChunkedArray,
    held_out: pa.Table,
    telling: dict[str, str],
) -> Profile:
    """Make a version's profile.

    Args:
        labels: its label map.
        split: its tag `split`.
        training: strings; its training rows, whose frequent words are known.
        held_out: text, p_positive, sentiment and label of rows that it has not seen.
        telling: word → the language (BCP 47) that it tells.
    """
    p = held_out["p_positive"].to_numpy()
    lengths = np.array([len(text.as_py()) for text in held_out["text"]], np.int64)
    parts = np.arange(1, BINS) / BINS
    languages = tuple(sorted(set(telling.values())))[:MOST_LANGUAGES]
    spoken = {word: languages.index(each) for word, each in telling.items() if each in languages}
    hashes = hashed(list(spoken))
    order = np.argsort(hashes, kind="stable")
    stick = Yardstick(
        labels,
        split,
        np.unique(np.quantile(p, parts)),
        np.unique(np.quantile(lengths, parts)).astype(np.int64),
        _known(training),
        languages,
        hashes[order],
        np.array(list(spoken.values()), np.int64)[order],
    )
    counts, top = stick.counted(np.zeros(held_out.num_rows, np.int64), 1, held_out, np.arange(held_out.num_rows))
    return Profile(stick, held_out.num_rows, {name: each[0] for name, each in counts.items()}, float(top[0]) / len(p))


def parse(written: bytes) -> Profile:
    """Read what `encoded` wrote.

    Raises:
        UserError: it is none, or a newer program's.
    """
    if len(written) > MOST_BYTES:
        raise UserError(f"It has more than {MOST_BYTES >> 20} MiB, which no profile has.")
    try:
        told: dict[str, Any] = orjson.loads(written)
        form = told["profile"]
        if form == FORM:
            return _read(told)
    except (KeyError, TypeError, ValueError, AttributeError, UserError) as odd:
        raise UserError("It is no profile of a version.") from odd
    raise UserError(f"It is a profile of form {form!r}, this program knows form {FORM}: a newer one wrote it.")


def _read(told: dict[str, Any]) -> Profile:
    counts = {name: np.array(told["counts"][name], np.int64) for name in WIDTHS}
    languages = tuple(map(str, told["languages"]))
    stick = Yardstick(
        LabelMap.parse(told["labels"]),
        str(told["split"]),
        np.array(told["score_edges"], np.float64),
        np.array(told["length_edges"], np.int64),
        _unpacked(told["known"]),
        languages,
        _unpacked(told["telling"]),
        np.array(told["language_of"], np.int64),
    )
    edges = (stick.score_edges, stick.length_edges)
    is_sound = (
        all(counts[name].shape == (width,) and (counts[name] >= 0).all() for name, width in WIDTHS.items())
        and all(len(each) < BINS and (np.diff(each) > 0).all() for each in edges)
        and all((np.diff(each.astype(np.int64)) >= 0).all() for each in (stick.known, stick.telling))
        and len(stick.telling) == len(stick.language_of)
        and len(languages) <= MOST_LANGUAGES
        and ((stick.language_of >= 0) & (stick.language_of < len(languages))).all()
    )
    if not is_sound:
        raise ValueError("counts, edges and words don't fit each other")
    confidence = told["confidence"]
    return Profile(stick, int(told["rows"]), counts, float("nan") if confidence is None else float(confidence))


def _known(training: pa.ChunkedArray) -> Hashes:
    """The most frequent words, by the number of texts that hold them."""
    seen: dict[int, int] = {}
    for start in range(0, len(training), PIECE_TEXTS):
        piece = training.slice(start, PIECE_TEXTS).combine_chunks().cast(pa.large_string())
        at, hashes = words(piece)
        once = np.unique(np.stack([at, hashes.astype(np.int64)]), axis=1)[1]
        for each, texts in zip(*np.unique(once, return_counts=True), strict=True):
            seen[int(each)] = seen.get(int(each), 0) + int(texts)
    frequent = sorted((each for each in seen.items() if each[1] >= LEAST_TWEETS), key=lambda each: (-each[1], each[0]))
    return np.array(sorted(each for each, _ in frequent[:MOST_WORDS]), np.uint32)


def _packed(hashes: Hashes) -> str:
    return base64.b64encode(hashes.astype("<u4").tobytes()).decode()


def _unpacked(written: str) -> Hashes:
    return np.frombuffer(base64.b64decode(written, validate=True), "<u4").astype(np.uint32)
