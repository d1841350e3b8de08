"""How numbers are written on the page."""

from collections.abc import Callable


def rows(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def figure(value: float) -> str:
    """A metric with four decimals."""
    return f"{value:.4f}"


def percent(value: float) -> str:
    """A share in percent with one decimal."""
    return f"{100 * value:.1f}\u00a0%"


def points(value: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{100 * value:+.2f}".replace("-", "−")


def between(interval: tuple[float, float]) -> str:
    """An interval of shares in percent."""
    return f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f}\u00a0%"


def points_between(interval: tuple[float, float]) -> str:
    """An interval of differences in percentage points."""
    return f"{points(interval[0])} to {points(interval[1])}"


def p_value(value: float) -> str:
    """A p-value, not more exactly than it means."""
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def seconds(value: float) -> str:
    """A duration."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def megabytes(value: int) -> str:
    """A size in MB (10⁶ bytes)."""
    return f"{value / 1e6:.1f}"


def weight(value: float) -> str:
    """A weight with three digits and its sign."""
    return f"{value:+#.3g}".replace("-", "−")


FILTERS: dict[str, Callable[..., str]] = {
    each.__name__: each
    for each in (rows, figure, percent, points, between, points_between, p_value, seconds, megabytes, weight)
}
