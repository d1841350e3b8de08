"""The placement that scores now, and the one before it, to go back to."""

import pickle
import threading

import pyarrow as pa

from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.errors import UnfitError
from sentistream.scoring.succession.standing import Standing
from stream_processor.stream.placement import InPlan, Placement
from stream_processor.stream.scored import require_scores

WARM_BYTES = 64 * 1024 * 1024
"""A scorer that is larger is not kept in memory once another serves, but loaded again where it is needed."""


class Serving:
    """Whoever scores; safe in any thread.

    Args:
        placement: what scores first.
        standing: which version serves, and which are refused.
    """

    def __init__(self, placement: Placement, standing: Standing) -> None:
        self._placement = placement
        self._before: Placement | None = None
        self._standing = standing
        self._lock = threading.Lock()
        standing.serve(placement.scorer.version)

    @property
    def placement(self) -> Placement:
        """What scores now."""
        return self._placement

    @property
    def unfit(self) -> tuple[ModelVersion, ...]:
        """The versions that turned out unfit while they served."""
        return self._standing.unfit

    def take(self, placement: Placement) -> None:
        """Have another one score from now on, and keep the one before warm if that costs little memory."""
        with self._lock:
            # One that was refused is nothing to go back to; the one before it may still be.
            if placement is not self._placement and not self._standing.is_refused(self._placement.scorer.version):
                self._before = self._placement if _is_small(self._placement) else None
            self._placement = placement
            self._standing.serve(placement.scorer.version)

    def scored(self, batch: pa.Table) -> tuple[pa.Table, ModelVersion]:
        """A collected batch → `SCORED` and the version that scored it: where that turns out unfit, the one before it.

        Raises:
            UnfitError: none can score it; where there is one to go back to, it is `placement` now, and needs another query.
        """
        while True:
            placement = self._placement
            version = placement.scorer.version
            try:
                scored = placement.on_driver(batch)
                require_scores(scored, version)
            except UnfitError as fault:
                successor = self.back(fault)
                if successor is None or successor.plans or placement.plans:
                    raise
            else:
                return scored, version

    def back(self, fault: UnfitError) -> Placement | None:
        """Go back to the version before an unfit one, which is refused for good; None where there is none at hand.

        Where another one has been taken meanwhile, that is the answer.
        """
        with self._lock:
            unfit = fault.version.identity
            self._standing.exclude(fault.version)
            if self._before is not None and self._before.scorer.version.identity == unfit:
                self._before = None
            if self._placement.scorer.version.identity == unfit:
                if self._before is None:
                    return None
                self._placement, self._before = self._before, None
                self._standing.serve(self._placement.scorer.version)
            # Not before it is known which one goes on.
            self._standing.tell_unfit(fault)
            return self._placement


def _is_small(placement: Placement) -> bool:
    """Whether its scorer is a compiled one of few bytes; its arrays are counted where they lie."""
    if isinstance(placement, InPlan):
        return False
    arrays: list[pickle.PickleBuffer] = []
    try:
        rest = pickle.dumps(placement.scorer, protocol=5, buffer_callback=arrays.append)
    except Exception:  # it holds more than data, or its files are gone by now
        return False
    return len(rest) + sum(each.raw().nbytes for each in arrays) <= WARM_BYTES
