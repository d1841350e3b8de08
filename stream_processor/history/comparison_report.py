"""A comparison for a terminal, and as a page: numbers only, no text of a tweet."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.table import Table

from sentistream.contracts.labels import SENTIMENTS
from sentistream.errors import UserError
from sentistream.terminal import plain
from stream_processor.history.comparison import STEPS, Comparison, Counts

LANGUAGES = 10
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BARS = 20
"""Of the histogram of differences."""


@dataclass(frozen=True)
class Language:
    """The tweets of one language, or all."""

    name: str
    counts: Counts

    @property
    def rows(self) -> int:
        """How many."""
        return int(self.counts.sum())

    @property
    def agreed(self) -> float:
        """Share of which both say the same."""
        return float(np.trace(self.counts)) / max(self.rows, 1)

    @property
    def shares(self) -> tuple[list[float], list[float]]:
        """Of the sentiments by the first, and by the second."""
        first, second = (self.counts.sum(axis=axis) / max(self.rows, 1) for axis in (1, 0))
        return list(map(float, first)), list(map(float, second))


def tables(found: Comparison) -> list[Table]:
    """The comparison as tables for a terminal."""
    one, two = found.pair.first.uri, found.pair.second.uri
    matrix = Table(f"{one} ↓  {two} →", *SENTIMENTS, title=f"{found.rows:,} tweets, said by both")
    for name, row in zip(SENTIMENTS, found.agreement, strict=True):
        matrix.add_row(name, *(f"{each:,}" for each in row))
    columns = (f"{name} {which}" for name in SENTIMENTS for which in ("1st", "2nd"))
    languages = Table("language", "tweets", "agreed", *columns, title="share of each sentiment")
    for each in languages_of(found):
        first, second = each.shares
        shares = (f"{share:.1%}" for pair in zip(first, second, strict=True) for share in pair)
        languages.add_row(plain(each.name, 20), f"{each.rows:,}", f"{each.agreed:.1%}", *shares)
    differences = Table(*("mean", *(f"{share:.0%}" for share in QUANTILES)), title="P(positive), 2nd − 1st: quantiles")
    differences.add_row(f"{found.mean_difference:+.4f}", *(f"{found.quantile(share):+.4f}" for share in QUANTILES))
    shown = [matrix, languages, differences]
    if (known := found.known) is not None:
        test = known.mcnemar
        quality = Table("", "accuracy", "macro-F1", "only it is right", title=f"{known.rows:,} tweets with a label")
        for at, (name, alone) in enumerate(((one, test.only_first), (two, test.only_second))):
            quality.add_row(name, f"{known.accuracy[at]:.4f}", f"{known.macro_f1[at]:.4f}", f"{alone:,}")
        quality.caption = f"McNemar's exact test: p = {test.p_value:.3g}"
        shown.append(quality)
    return shown


def languages_of(found: Comparison) -> list[Language]:
    """All tweets, then the languages with most."""
    return [
        Language("all", found.agreement),
        *(Language(name, counts) for name, counts in found.largest_languages(LANGUAGES)),
    ]


def write(found: Comparison, file: Path, period: tuple[str | None, str | None]) -> None:
    """Write the page: it asks the network for nothing and runs no script.

    Raises:
        UserError: the file can't be written.
    """
    environment = Environment(
        loader=PackageLoader("stream_processor.history", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page = environment.get_template("comparison.html.j2").render(
        found=found,
        sentiments=SENTIMENTS,
        languages=languages_of(found),
        quantiles=[(share, found.quantile(share)) for share in QUANTILES],
        bars=histogram(found),
        period=period,
        made=datetime.now(UTC),
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    except OSError as refused:
        raise UserError(f"{file} can't be written ({refused.strerror}).") from refused


def histogram(found: Comparison) -> list[tuple[float, float, int]]:
    """The differences as bars: from, to, tweets; the last bar includes its end."""
    edges = np.linspace(0, 2 * STEPS, BARS + 1).astype(np.int64)
    counts = np.add.reduceat(found.differences, edges[:-1])
    return [
        (float(low - STEPS) / STEPS, float(high - STEPS) / STEPS, int(count))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
