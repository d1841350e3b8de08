"""The in-process schedule of maintenance: small merges, often, beside the running stream."""

import threading
import time

import structlog
from deltalake import DeltaTable

from sentistream import maintenance
from sentistream.lake import REJECTED, SCORED, require_table

log = structlog.get_logger()
CLEAN_SECONDS = 3600.0
"""How often files and log entries past their retention are deleted."""


class Upkeep(threading.Thread):
    """Compacts both tables every `seconds`, through handles of its own; 0 leaves that to `lake maintain`."""

    def __init__(self, lake_uri: str, seconds: float) -> None:
        super().__init__(name="upkeep", daemon=True)
        self._tables = [require_table(lake_uri, table) for table in (SCORED, REJECTED)]
        self._seconds = seconds
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `finish`; a failed round is logged and the next one tries again."""
        cleaned = time.monotonic()
        while self._seconds and not self._ended.wait(self._seconds):
            due = time.monotonic() - cleaned >= CLEAN_SECONDS
            for table in self._tables:
                try:
                    self._round(table, due)
                except Exception as failure:  # maintenance must never end the stream
                    log.warning(
                        "maintenance failed, the next round tries again", table=table.table_uri, error=str(failure)
                    )
            cleaned = time.monotonic() if due else cleaned

    def finish(self) -> None:
        """Let a running round end, and start no other."""
        self._ended.set()
        if self.is_alive():
            self.join()

    def _round(self, table: DeltaTable, clean: bool) -> None:
        table.update_incremental()
        report = maintenance.compact(table)
        if report.files_merged or report.conflicts:
            log.debug(
                "compacted",
                table=table.table_uri,
                merged=report.files_merged,
                written=report.files_written,
                conflicts=report.conflicts,
            )
        if clean:
            log.debug("cleaned", table=table.table_uri, deleted=maintenance.clean(table).files_deleted)
