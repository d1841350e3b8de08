"""Maintenance beside the running stream: small merges, often."""

import math
import os
import signal
import time
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess

import structlog
from deltalake import DeltaTable

from sentistream.lake.lake import Lake
from sentistream.lake.maintenance import compaction, log_retention, retention
from sentistream.lake.maintenance.compaction import Merged
from sentistream.lake.tables import REJECTED, SCORED, Table
from sentistream.log import configure
from sentistream.process import disk
from sentistream.settings import LOG_KEPT_COMMITS, RetentionSettings

log = structlog.get_logger()
CLEAN_SECONDS = 3600.0
"""How often files past their retention are deleted."""
RETIRE_SECONDS = 3600.0
"""How often days past their retention are looked for."""
NICENESS = 10
"""The stream goes first on a busy machine."""
LOG_SECONDS = 10.0
"""How often the log is looked after where small files are not."""


class Upkeep:
    """Keeps both tables' logs short, merges small files every `seconds` (0 leaves that to `lake maintain`), and has old days dropped."""

    def __init__(
        self,
        lake: Lake,
        seconds: float,
        kept_commits: int = LOG_KEPT_COMMITS,
        kept: RetentionSettings | None = None,
    ) -> None:
        self._lake = lake
        self._seconds = seconds
        self._kept_commits = kept_commits
        self._kept = kept
        self._retiring: SpawnProcess | None = None
        self._looked = -math.inf
        self._cleaned = time.monotonic()
        self._handles: dict[Table, DeltaTable] = {}
        self._troubles: dict[Table, str] = {}
        self._checkpoints = {SCORED: 0, REJECTED: 0}
        self.merged = {SCORED: Merged(), REJECTED: Merged()}
        """What was merged since the start."""

    @property
    def pause_seconds(self) -> float:
        """How long to wait before each round."""
        return self._seconds or LOG_SECONDS

    @property
    def failing(self) -> frozenset[Table]:
        """The tables of which the last round failed."""
        return frozenset(self._troubles)

    def round(self) -> None:
        """Look after both tables once; what fails is logged once, and the next round tries it again with a handle of its own."""
        due = time.monotonic() - self._cleaned >= CLEAN_SECONDS
        for table in (SCORED, REJECTED):
            try:
                if table not in self._handles:
                    self._handles[table] = self._lake.require(table)
                self._look_after(table, self._handles[table], due)
                self._checkpoints[table] = log_retention.checkpoint(self._handles[table], self._checkpoints[table])
            except Exception as failure:  # maintenance must never end the stream
                self._handles.pop(table, None)
                self._tell(table, disk.told(failure))
            else:
                self._troubles.pop(table, None)
        if due:
            self._cleaned = time.monotonic()
        self._retire()

    def _tell(self, table: Table, trouble: str) -> None:
        """Say once what fails; a disk with too little room for a merge has it in every round."""
        if self._troubles.get(table) != trouble:
            log.warning("maintenance failed, the next round tries again", table=table.name, error=trouble)
        self._troubles[table] = trouble

    def close(self) -> None:
        """Leave the days that are being dropped to the next start; after the last round."""
        if self._retiring is not None:
            self._retiring.terminate()

    def _retire(self) -> None:
        """Look for days past their retention, in a process of low priority: counting a day is more than a round takes."""
        kept = self._kept
        if kept is None or not (kept.silver_kept_days or kept.rejected_kept_days):
            return
        busy = self._retiring is not None and self._retiring.is_alive()
        if not busy and time.monotonic() - self._looked >= RETIRE_SECONDS:
            self._looked = time.monotonic()
            # A daemon: it is ended when this process ends.
            self._retiring = get_context("spawn").Process(target=_retire_apart, args=(self._lake, kept), daemon=True)
            self._retiring.start()

    def _look_after(self, name: Table, table: DeltaTable, clean: bool) -> None:
        self._lake.refresh(name, table)
        if self._seconds:
            report = compaction.compact(table)
            self.merged[name] = self.merged[name].plus(report)
            if report.files_merged or report.conflicts:
                log.debug(
                    "compacted",
                    table=table.table_uri,
                    merged=report.files_merged,
                    written=report.files_written,
                    conflicts=report.conflicts,
                )
        log_retention.shorten(table, self._kept_commits)
        if clean:
            made = compaction.clean(table, self._kept_commits)
            log.debug("cleaned", table=table.table_uri, deleted=made.files, freed=made.bytes)


def _retire_apart(lake: Lake, kept: RetentionSettings) -> None:
    # Ctrl-C reaches the whole group; only the processor answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    configure(kept)
    try:
        for table, each in retention.retire(lake, kept):
            if each.days or each.conflicts:
                log.info(
                    "retired", table=lake.location(table), days=each.days, rows=each.rows, conflicts=each.conflicts
                )
    except Exception as failure:  # the next look tries again
        log.warning(
            "days past their retention could not be dropped, the next look tries again", error=disk.told(failure)
        )
