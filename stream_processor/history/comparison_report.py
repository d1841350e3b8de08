"""A comparison for a terminal, and as a page: numbers only, no text of a tweet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich.console import RenderableType
from rich.table import Table

from sentistream import look
from sentistream.contracts.labels import SENTIMENTS
from sentistream.contracts.split import HOLDOUT
from sentistream.contracts.split import NAME as SPLIT
from sentistream.errors import UserError
from sentistream.evaluation.held_out import Counts
from sentistream.process import disk
from sentistream.terminal import plain
from stream_processor.history.comparison import STEPS, Comparison

LANGUAGES = 10
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BARS = 20
"""Of the histogram of differences."""


@dataclass(frozen=True)
class Language:
    """The texts of one language, or all."""

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


def shown(found: Comparison) -> list[RenderableType]:
    """The comparison for a terminal."""
    one, two = found.pair.first.title, found.pair.second.title
    matrix = Table(f"{one} ↓  {two} →", *SENTIMENTS, title=f"{found.rows:,} texts, said by both")
    for name, row in zip(SENTIMENTS, found.agreement, strict=True):
        matrix.add_row(name, *(f"{each:,}" for each in row))
    columns = (f"{name} {which}" for name in SENTIMENTS for which in ("1st", "2nd"))
    languages = Table("language", "texts", "agreed", *columns, title="share of each sentiment")
    for each in languages_of(found):
        first, second = each.shares
        shares = (f"{share:.1%}" for pair in zip(first, second, strict=True) for share in pair)
        languages.add_row(plain(each.name, 20), f"{each.rows:,}", f"{each.agreed:.1%}", *shares)
    differences = Table(*("mean", *(f"{share:.0%}" for share in QUANTILES)), title="P(positive), 2nd − 1st: quantiles")
    differences.add_row(f"{found.mean_difference:+.4f}", *(f"{found.quantile(share):+.4f}" for share in QUANTILES))
    parts: list[RenderableType] = [matrix, languages, differences, plain(counted(found)), plain(measured_on(found))]
    if (measured := found.held_out.quality) is not None:
        quality = Table("", "rows", "accuracy", "macro-F1", "decided", "accuracy of these", "only it is right")
        alone = measured.mcnemar.only_first, measured.mcnemar.only_second
        for at, name in enumerate((one, two)):
            figures = (measured.accuracy[at], measured.macro_f1[at])
            quality.add_row(
                name,
                f"{measured.rows:,}",
                *(f"{figure:.4f}" for figure in figures),
                f"{measured.coverage[at]:.1%}",
                f"{measured.covered_accuracy[at]:.4f}",
                f"{alone[at]:,}",
            )
        quality.caption = f"McNemar's exact test on these {measured.rows:,} rows: p = {measured.mcnemar.p_value:.3g}"
        parts.append(quality)
    return parts


def counted(found: Comparison) -> str:
    """How many tweets the figures are of, and how many repeats were left out."""
    return (
        f"Of {found.tweets:,} tweets {found.repeats:,} repeat a text that came before and are left out: each of {found.rows:,} texts counts once "
        "(entities, links and white space make no difference)."
    )


def measured_on(found: Comparison) -> str:
    """Which labelled texts the accuracies are of, or why there are none."""
    held, pair = found.held_out, found.pair
    if not held.labelled:
        return "Accuracy: none of these tweets has a label."
    if pair.unknown:
        it = "does not say on which rows it was" if len(pair.unknown) == 1 else "do not say on which rows they were"
        return (
            f"Accuracy: unknown. {' and '.join(pair.unknown)} {it} trained (by a tag split = {SPLIT}), "
            f"so none of the {held.labelled:,} labelled texts counts."
        )
    repeated = f" ({held.repeats:,} repeats left out)" if held.repeats else ""
    left = f"Of {held.labelled:,} labelled texts{repeated} {held.unseen:,} belong to the holdout ({SPLIT}: {' and '.join(HOLDOUT)}), on which neither was trained"
    if others := held.unseen - held.rows:
        left += f"; {others:,} of these are neutral, which only one of the two knows, and are left out"
    classes = " or ".join(found.pair.classes)
    return f"{left}. Counted are {held.rows:,}, by the most probable of {classes}."


def languages_of(found: Comparison) -> list[Language]:
    """All texts, then the languages with most."""
    return [
        Language("all", found.agreement),
        *(Language(name, counts) for name, counts in found.largest_languages(LANGUAGES)),
    ]


def write(found: Comparison, file: Path, period: tuple[str | None, str | None]) -> None:
    """Write the page: it asks the network for nothing and runs no script.

    Raises:
        UserError: the file can't be written.
    """
    environment = look.environment(Path(__file__).parent)
    page = environment.get_template("comparison.html.j2").render(
        found=found,
        sentiments=SENTIMENTS,
        languages=languages_of(found),
        quantiles=[(share, found.quantile(share)) for share in QUANTILES],
        bars=histogram(found),
        top=top_of([count for _, _, count in histogram(found)]),
        counted=counted(found),
        measured_on=measured_on(found),
        period=period,
        made=datetime.now(UTC),
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    except OSError as refused:
        raise disk.refused(refused) or UserError(f"{file} can't be written ({refused.strerror}).") from refused


def histogram(found: Comparison) -> list[tuple[float, float, int]]:
    """The differences as bars: from, to, texts; the last bar includes its end."""
    edges = np.linspace(0, 2 * STEPS, BARS + 1).astype(np.int64)
    counts = np.add.reduceat(found.differences, edges[:-1])
    return [
        (float(low - STEPS) / STEPS, float(high - STEPS) / STEPS, int(count))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def top_of(counts: Sequence[int]) -> int:
    """The end of a scale from 0 that holds all counts and that is halved without a rest: 2, 4, 6, 8 or 10 times a power of ten."""
    most, power = max(counts, default=0), 1
    while 10 * power < most:
        power *= 10
    return next(times * power for times in range(2, 11, 2) if times * power >= most)
