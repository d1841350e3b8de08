"""The winner and the data in pictures."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sentistream import palette
from sentistream.contracts.labels import POSITIVE, POSITIVE_INDEX, NeutralBand, in_order
from sentistream.evaluation.predictions import Predictions
from trainer.data.audit import LENGTH_STEP
from trainer.evaluation.calibration import Calibration
from trainer.report import curves
from trainer.report.curves import Curve, Floats, Mask
from trainer.report.drawing import BLUE, INK, ORANGE, SMALL, SOFT, picture, within_shares
from trainer.report.errors import ErrorRate
from trainer.report.proportions import wilson

BARS = 40
"""Of the histogram of P(positive)."""
TAIL = 0.002
"""Share of a class's longest texts that are counted together in the last bar."""
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:g} %")
DASHES = {"negative": "--", "neutral": ":"}
Models = Mapping[str, Predictions]
"""Name → predictions on the test rows, the winner first."""


def shown_classes(labels: Sequence[str]) -> list[str]:
    """The classes that have a curve: of two, one says what both say."""
    return [POSITIVE] if len(labels) == len(("negative", POSITIVE)) else in_order(labels)


def roc(models: Models) -> Markup:
    """ROC curves, one-vs-rest; the winner in full lines, the published recipe in dashes."""
    drawn = _curves(models, curves.roc)

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=":")
        _lines(axes, drawn)
        axes.set(xlabel="false-positive rate", ylabel="true-positive rate")
        within_shares(axes)
        if drawn:
            axes.legend(loc="lower right", title="area below", alignment="left")

    return picture("roc", f"ROC curves; area below: {_areas(drawn)}.", draw, (4.7, 4.4))


def precision_recall(models: Models) -> Markup:
    """Precision–recall curves, one-vs-rest."""
    drawn = _curves(models, curves.precision_recall)

    def draw(axes: Axes) -> None:
        _lines(axes, drawn)
        lowest = min((float(curve.y[len(curve.y) // 10 :].min()) for _, _, _, curve in drawn), default=0.0)
        axes.set(xlabel="recall", ylabel="precision", ylim=(lowest - 0.05, 1.02))
        within_shares(axes)
        if drawn:
            axes.legend(loc="lower left", title="average precision", alignment="left")

    return picture(
        "precision-recall", f"Precision–recall curves; average precision: {_areas(drawn)}.", draw, (4.7, 4.4)
    )


def reliability(models: Mapping[str, Calibration]) -> Markup:
    """The share of positive rows over P(positive), in ten bins, with 95 % intervals."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=":")
        for (name, each), colour, style in zip(models.items(), (BLUE, ORANGE), ("o-", "s--"), strict=False):
            x = [bin_.mean_probability for bin_ in each.bins]
            limits = np.array([wilson(round(bin_.positive_share * bin_.rows), bin_.rows) for bin_ in each.bins])
            axes.vlines(x, limits[:, 0], limits[:, 1], color=colour, alpha=0.5)
            axes.plot(x, [bin_.positive_share for bin_ in each.bins], style, color=colour, markersize=4.5, label=name)
        axes.set(xlabel="mean P(positive) of the bin", ylabel="share of positive rows", xlim=(0, 1), ylim=(0, 1))
        within_shares(axes)
        axes.legend(loc="upper left")

    said = "; ".join(f"{name} {each.expected_error:.3f}" for name, each in models.items())
    return picture("reliability", f"Reliability curves; expected calibration error: {said}.", draw, (4.7, 4.2))


def probabilities(predictions: Predictions, band: NeutralBand | None) -> Markup:
    """Histogram of P(positive) for each true class; the neutral band shaded where there is one."""
    positive = predictions.probabilities[:, POSITIVE_INDEX]
    edges = np.linspace(0, 1, BARS + 1)

    def draw(axes: Axes) -> None:
        if band is not None:
            axes.axvspan(band.low, band.high, color=SOFT, alpha=0.18, linewidth=0)
        for name in in_order(predictions.labels.names):
            counts, _ = np.histogram(positive[predictions.truth == predictions.labels.index(name)], edges)
            axes.stairs(
                counts,
                edges,
                color=palette.COLOURS[name],
                linewidth=1.6,
                label=f"truly {name}",
                linestyle=DASHES.get(name, "-"),
            )
        if band is not None:
            axes.text((band.low + band.high) / 2, 0.99, "neutral\nband", ha="center", va="top", fontsize=8, color=SOFT, transform=axes.get_xaxis_transform())  # fmt: skip
        axes.set(xlabel="P(positive)", ylabel="test rows", xlim=(0, 1))
        axes.margins(y=0.12)
        axes.figure.legend(loc="outside upper left", ncols=3)

    marked = f", the neutral band from {band.low:g} to {band.high:g} marked" if band else ""
    return picture(
        "probabilities", f"Histogram of P(positive) on the test rows by true class{marked}.", draw, (4.7, 4.2)
    )


def lengths(audit_lengths: Mapping[str, Mapping[int, int]]) -> Markup:
    """Shares of each class's texts by length in characters."""
    last = max((_last_bar(bars) for bars in audit_lengths.values()), default=0)
    cut = any(first > last for bars in audit_lengths.values() for first in bars)
    edges = np.arange(0, last + 2 * LENGTH_STEP, LENGTH_STEP)

    def draw(axes: Axes) -> None:
        for name, bars in audit_lengths.items():
            counts = np.zeros(len(edges) - 1)
            for first, rows in bars.items():
                counts[min(first // LENGTH_STEP, len(counts) - 1)] += rows
            share = counts / counts.sum()
            axes.stairs(
                share, edges, color=palette.COLOURS[name], linewidth=1.6, label=name, linestyle=DASHES.get(name, "-")
            )
        axes.set(
            xlabel=f"characters ({last} and more in the last bar)" if cut else "characters",
            ylabel="share of the class",
            ylim=(0, None),
        )
        within_shares(axes, "y")
        axes.yaxis.set_major_formatter(PERCENT)
        axes.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10]))
        axes.figure.legend(loc="outside upper left", ncols=3)

    means = "; ".join(
        f"{name} {sum((first + LENGTH_STEP / 2) * n for first, n in bars.items()) / max(sum(bars.values()), 1):.0f}"
        for name, bars in audit_lengths.items()
    )
    return picture("lengths", f"Histogram of lengths per class; mean length in characters: {means}.", draw, SMALL)


def error_rates(rates: Sequence[ErrorRate], overall: float) -> Markup:
    """Each category's error rate with its interval; the line is all rows'."""
    groups = list(dict.fromkeys(rate.group for rate in rates))
    places = np.arange(len(rates)) + 0.6 * np.array([groups.index(rate.group) for rate in rates])

    def draw(axes: Axes) -> None:
        axes.axvline(overall, color=SOFT, linewidth=1, linestyle="--")
        for place, rate in zip(places, rates, strict=True):
            colour, mark = {"more": (ORANGE, "D"), "fewer": (BLUE, "o")}.get(rate.verdict, (SOFT, "|"))
            axes.plot(rate.interval, [place, place], color=colour, alpha=0.6, linewidth=1.6)
            axes.plot(rate.rate, place, mark, color=colour, markersize=5.5)
        axes.set_yticks(places, [rate.name for rate in rates])
        axes.set_ylim(places[-1] + 0.8, -0.8)
        within_shares(axes, "x")
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(PERCENT)
        axes.annotate(f"all rows {100 * overall:.1f} %", (overall, 1), (3, 3), ("data", "axes fraction"), "offset points", color=INK)  # fmt: skip
        axes.set_xlabel("share of rows that are wrong")

    worst = max(rates, key=lambda rate: rate.rate)
    alt = f"Error rates of {len(rates)} categories; the highest, {worst.rate:.1%}, is that of “{worst.name}”."
    return picture("error-rates", alt, draw, (5.2, 0.8 + 0.21 * (places[-1] + 2)))


def _curves(models: Models, of: Callable[[Floats, Mask], Curve | None]) -> list[tuple[str, str, int, Curve]]:
    """(model, class, the model's number, its curve) where there is one."""
    found = []
    for number, (name, each) in enumerate(models.items()):
        for label in shown_classes(each.labels.names):
            index = each.labels.index(label)
            curve = of(each.probabilities[:, index], each.truth == index)
            if curve is not None:
                found.append((name, label, number, curve))
    return found


def _lines(axes: Axes, drawn: list[tuple[str, str, int, Curve]]) -> None:
    several = len({label for _, label, _, _ in drawn}) > 1
    for name, label, number, curve in drawn:
        colour = palette.COLOURS[label] if several else (BLUE, ORANGE)[number]
        said = f"{label}, {name}" if several else name
        axes.plot(curve.x, curve.y, "--" if number else "-", color=colour, label=f"{said} {curve.area:.4f}")


def _last_bar(bars: Mapping[int, int]) -> int:
    """The first length of the bar above which only the tail is left."""
    firsts = sorted(bars)
    reached = np.cumsum([bars[first] for first in firsts]) >= (1 - TAIL) * sum(bars.values())
    return firsts[int(np.argmax(reached))]


def _areas(drawn: list[tuple[str, str, int, Curve]]) -> str:
    if not drawn:
        return "none, since the test rows are of one class"
    return "; ".join(f"{name}, {label} {curve.area:.4f}" for name, label, _, curve in drawn)
