"""What a service knows of versions: which one serves, and which are refused."""

import threading

import structlog

from sentistream.contracts.labels import LabelMap
from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.scoring.errors import UnfitError

log = structlog.get_logger()
NOBODY = "none, until another version is champion"


class Standing:
    """Shared by a service and by what looks for another version; safe in any thread.

    Args:
        serving: the version that scores now; None where there is none.
    """

    def __init__(self, serving: ModelVersion | None = None) -> None:
        self._serving = serving
        self._labels: LabelMap | None = serving.labels if serving else None
        self._refused: dict[ModelVersion | str, bool] = {}
        """What did not come to serve (a sentence where there is no version), and whether for good."""
        self._unfit: dict[tuple[str, int, str], ModelVersion] = {}
        """What turned out unfit while it served, by identity: no tag can mend that."""
        self._told: set[tuple[str, int, str]] = set()
        """What is unfit and was named."""
        self._lock = threading.Lock()

    @property
    def serving(self) -> ModelVersion | None:
        """The version that scores now, or was just offered."""
        return self._serving

    @property
    def unfit(self) -> tuple[ModelVersion, ...]:
        """The versions that turned out unfit while they served."""
        return tuple(self._unfit.values())

    @property
    def refusals(self) -> int:
        """How many versions were refused."""
        return len(self._refused) + len(self._unfit)

    def is_refused(self, model: ModelVersion) -> bool:
        """True for a version that is not to be tried again: as long as its tags stay as they are, or ever."""
        return model.identity in self._unfit or self._refused.get(model, False)

    def serve(self, model: ModelVersion | None) -> None:
        """Note which version serves from now on."""
        self._serving = model
        if model is not None:
            self._labels = model.labels

    def require_labels(self, model: ModelVersion) -> None:
        """Hold a version against the label map of what serves, which stays what it is even while none serves.

        Raises:
            UserError: it has another.
        """
        if self._labels is not None and model.labels != self._labels:
            raise UserError(f"{model.uri} has the label map {model.labels}, what serves has {self._labels}.")

    def refuse(self, what: ModelVersion | str, *, for_good: bool = True) -> bool:
        """Note that a version does not come to serve; True where that is news."""
        with self._lock:
            # One that may come yet and then never may is refused twice.
            is_news = self._refused.get(what) is not for_good
            self._refused[what] = for_good
        return is_news

    def exclude(self, model: ModelVersion) -> None:
        """Note that a version that served never does again."""
        with self._lock:
            self._unfit[model.identity] = model

    def tell_unfit(self, fault: UnfitError) -> None:
        """Name once, with what serves now, a version that served and is excluded."""
        with self._lock:
            is_news = fault.version.identity not in self._told
            self._told.add(fault.version.identity)
        if is_news:
            self.tell(fault.version.uri, fault)

    def tell(self, which: str, wrong: Exception) -> None:
        """Say why a version is refused, and which one serves."""
        serving = self._serving.uri if self._serving else NOBODY
        log.error("model refused", model=which, reason=said(wrong), serving=serving)
