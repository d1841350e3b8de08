"""What a look at all rows of a file shows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sentistream.files.evidence import AuthorEvidence, DateEvidence, IdEvidence, LabelEvidence, LanguageEvidence


@dataclass
class Looked:
    """What a look at all rows shows."""

    names: tuple[str, ...] = ()
    ids: IdEvidence = field(default_factory=IdEvidence)
    labels: LabelEvidence = field(default_factory=lambda: LabelEvidence(()))
    dates: DateEvidence = field(default_factory=lambda: DateEvidence(()))
    languages: LanguageEvidence = field(default_factory=LanguageEvidence)
    authors: AuthorEvidence = field(default_factory=AuthorEvidence)
    twins: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Two columns of one name → whether they hold the same."""
    fields: set[str] = field(default_factory=set)
    """Of X's objects: those fields of v2 that the first ones have."""
    no_tags: Counter[str] = field(default_factory=Counter)
    """Of other objects: languages that are no BCP 47 tag."""
    rows: int = 0
    broken: int = 0
    first_fault: str = ""
    """Of the first broken row."""
    empty_lists: int = 0
    whole: bool = True
    api: bool = False
    """All are objects of an API, whose ids are no row numbers."""
    warnings: list[str] = field(default_factory=list)

    def count_broken(self, problem: str, rows: int = 1) -> None:
        """Count rows that can't be used, and keep why the first one can't."""
        self.broken += rows
        self.first_fault = self.first_fault or problem


class Batch(NamedTuple):
    """Some rows, column by column; ids are empty where there is none, labels and dates by their columns."""

    ids: Sequence[str]
    texts: Sequence[str]
    labels: Mapping[int, Sequence[Any]]
    dates: Mapping[int, Sequence[Any]]
