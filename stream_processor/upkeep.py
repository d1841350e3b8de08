"""The in-process schedule of maintenance: small merges, often, beside the running stream."""

import threading
import time

import structlog
from deltalake import DeltaTable

from sentistream import log_retention, maintenance
from sentistream.lake import REJECTED, SCORED, Table, require_table

log = structlog.get_logger()
CLEAN_SECONDS = 3600.0
"""How often files past their retention are deleted."""
LOG_SECONDS = 10.0
"""How often the log is looked after where small files are not."""


class Upkeep(threading.Thread):
    """Keeps both tables' logs short, and merges small files every `seconds` (0 leaves that to `lake maintain`)."""

    def __init__(self, lake_uri: str, seconds: float, kept_commits: int = log_retention.KEPT_COMMITS) -> None:
        super().__init__(name="upkeep", daemon=True)
        self._lake_uri = lake_uri
        self._seconds = seconds
        self._kept_commits = kept_commits
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `finish`; a failed round is logged and the next one tries again, with a handle of its own."""
        cleaned = time.monotonic()
        handles: dict[Table, DeltaTable] = {}
        checkpoints = {SCORED: 0, REJECTED: 0}
        while not self._ended.wait(self._seconds or LOG_SECONDS):
            due = time.monotonic() - cleaned >= CLEAN_SECONDS
            for table in (SCORED, REJECTED):
                try:
                    if table not in handles:
                        handles[table] = require_table(self._lake_uri, table)
                    self._round(handles[table], due)
                    checkpoints[table] = log_retention.checkpoint(handles[table], checkpoints[table])
                except Exception as failure:  # maintenance must never end the stream
                    handles.pop(table, None)
                    log.warning("maintenance failed, the next round tries again", table=table.name, error=str(failure))
            cleaned = time.monotonic() if due else cleaned

    def finish(self) -> None:
        """Let a running round end, and start no other."""
        self._ended.set()
        if self.is_alive():
            self.join()

    def _round(self, table: DeltaTable, clean: bool) -> None:
        table.update_incremental()
        if self._seconds:
            report = maintenance.compact(table)
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
            report = maintenance.clean(table, self._kept_commits)
            log.debug("cleaned", table=table.table_uri, deleted=report.files_deleted)
