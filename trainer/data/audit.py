"""The audit of the data: rows that were read, rows that were left out and why, and what the rest looks like. No text is kept."""

import re
from collections import Counter
from dataclasses import asdict, dataclass, field

SENTIMENT140_SHA256 = "1945bcf563578fa4f5e3437ca5fa2d5044bfe2de3bf2867c94cdc4e5471519a2"
"""Of the original Sentiment140's training.1600000.processed.noemoticon.csv: 1,600,000 rows, 238,803,842 bytes."""
LENGTH_STEP = 20
"""Characters in a bar of the histogram of lengths."""
SCRIPTS = {
    "Latin": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "Greek": re.compile(r"[\u0370-\u03ff]"),
    "Cyrillic": re.compile(r"[\u0400-\u052f]"),
    "Hebrew": re.compile(r"[\u0590-\u05ff]"),
    "Arabic": re.compile(r"[\u0600-\u06ff]"),
    "Devanagari": re.compile(r"[\u0900-\u097f]"),
    "Thai": re.compile(r"[\u0e00-\u0e7f]"),
    "Chinese or Japanese": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]"),
    "Korean": re.compile(r"[\uac00-\ud7af]"),
}


@dataclass
class Audit:
    """An account of the data; every count is of rows."""

    files: dict[str, str] = field(default_factory=dict)
    """File → sha256 of its bytes."""
    rows: int = 0
    duplicates: int = 0
    contradictory: int = 0
    kept: int = 0
    unlabelled: int = 0
    """Rows without a label."""
    skipped: int = 0
    """Rows whose label the user left out."""
    broken: int = 0
    """Rows that could not be used, where they were to be skipped."""
    reserved: int = 0
    """Rows of the project's test part that a split by time or author would train on or choose by."""
    without_id: int = 0
    without_date: int = 0
    without_author: int = 0
    labels: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    lengths: dict[str, dict[int, int]] = field(default_factory=dict)
    """Label → the first length of a bar in characters → rows."""
    scripts: dict[str, int] = field(default_factory=dict)
    """Rows that hold a letter of a script; a row may hold several, or none (`none`)."""

    @property
    def is_whole_sentiment140(self) -> bool:
        """Whether the original file, byte for byte, is among the data."""
        return SENTIMENT140_SHA256 in self.files.values()

    def describe(self, texts: list[str], labels: list[str]) -> None:
        """Fill in what the kept rows look like."""
        self.kept = len(texts)
        self.labels = dict(Counter(labels))
        lengths: dict[str, Counter[int]] = {}
        scripts: Counter[str] = Counter()
        for text, label in zip(texts, labels, strict=True):
            lengths.setdefault(label, Counter())[len(text) // LENGTH_STEP * LENGTH_STEP] += 1
            scripts.update([name for name, letters in SCRIPTS.items() if letters.search(text)] or ["none"])
        self.lengths = {label: dict(sorted(counts.items())) for label, counts in lengths.items()}
        self.scripts = dict(scripts.most_common())

    def as_dict(self) -> dict[str, object]:
        """For the registry and the report."""
        return {**asdict(self), "is_whole_sentiment140": self.is_whole_sentiment140}
