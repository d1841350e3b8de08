"""A measured case: several values of one figure in one run, and how they are told."""

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """One row of the report."""

    group: str
    name: str
    unit: str
    values: list[float]
    note: str = ""
    """What must be known to compare it fairly: delivery guarantee, cores, load."""
    details: dict[str, float] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return min(self.values), max(self.values)

    def as_dict(self) -> dict[str, object]:
        """For the JSON report."""
        return {
            "group": self.group,
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "values": self.values,
            "note": self.note,
            **self.details,
        }
