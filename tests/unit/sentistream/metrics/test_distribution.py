import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sentistream.metrics.distribution import Distribution


@given(st.lists(st.floats(0, 100)), st.integers(1, 7))
def test_values_are_counted_as_prometheus_does_however_they_are_cut(values: list[float], size: int) -> None:
    bounds = (0.5, 1.0, 10.0)
    counted = Distribution(bounds)
    for start in range(0, len(values), size):
        counted.add_all(np.asarray(values[start : start + size]))
    buckets, total = counted.buckets()
    # https://prometheus.io/docs/concepts/metric_types/#histogram: a bucket counts what is at most its bound.
    expected = [(str(bound), sum(value <= bound for value in values)) for bound in bounds]
    assert buckets == [*expected, ("+Inf", len(values))]
    assert np.isclose(total, sum(values))
