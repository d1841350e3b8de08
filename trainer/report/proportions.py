"""95 % intervals of a share of rows, and of the difference of two."""

import math

Z = 1.959964
"""The 97.5 % point of the normal distribution."""


def wilson(count: int, rows: int) -> tuple[float, float]:
    """Interval of count / rows (Wilson 1927): holds for few rows and for shares near 0 or 1, too."""
    if not rows:
        return 0.0, 1.0
    share, square = count / rows, Z * Z
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    half = Z * math.sqrt(share * (1 - share) / rows + square / (4 * rows * rows)) / (1 + square / rows)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def newcombe(count: int, rows: int, other_count: int, other_rows: int) -> tuple[float, float]:
    """Interval of count / rows − other_count / other_rows for two separate groups (Newcombe 1998, method 10)."""
    if not rows or not other_rows:
        return -1.0, 1.0
    share, other = count / rows, other_count / other_rows
    low, high = wilson(count, rows)
    other_low, other_high = wilson(other_count, other_rows)
    below = math.hypot(share - low, other_high - other)
    above = math.hypot(high - share, other - other_low)
    return share - other - below, share - other + above


def paired(only_first: int, only_second: int, rows: int) -> tuple[float, float]:
    """Interval of the difference of two models' accuracy on the same rows, from those on which one alone is right."""
    difference = (only_first - only_second) / rows
    spread = only_first + only_second - (only_first - only_second) ** 2 / rows
    half = Z * math.sqrt(max(spread, 0.0)) / rows
    return difference - half, difference + half
