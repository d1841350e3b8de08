"""Rescoring: another version scores the tweets that the lake holds, beside the running stream.

A commit is a merge by delta-rs, the engine of the scored table. It joins on where a tweet stood in Kafka, so that it can only change rows
that are there: none can be lost or doubled by it, and the stream, which appends behind them, is no conflict.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError
from sentistream.lake import changed_days
from sentistream.lake.conflicts import OvertakenError, commit_again
from sentistream.lake.lake import Lake
from sentistream.lake.period import Period
from sentistream.lake.rows import IDENTITY, SAME_ROW, portions
from sentistream.lake.tables import SCORED
from sentistream.scoring import probabilities as checked
from sentistream.scoring.scorer import Scorer
from sentistream.scoring.sentiment import sentiments
from stream_processor.history import scan
from stream_processor.stream.parsing.parse import TIMESTAMP
from stream_processor.stream.scored import probabilities_of
from stream_processor.stream.succession import served_versions

COMMIT_ROWS = 250_000
"""At least so many rows are one commit, of a large file at most some 50,000 more: what is held in memory."""
ATTEMPTS = 20
"""Each is lost to one compaction or deletion of the same files."""
PAUSE_SECONDS = 0.2
CHANGED = ("p_positive", "sentiment", "model_name", "model_version", "scored_at")
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
"""`upkeep` and `lake maintain` do both."""


@dataclass(frozen=True)
class Progress:
    """What a rescoring has come to."""

    rescored: int = 0
    """Rows; in a dry run those that would be."""
    changed: int = 0
    """How many of them got another sentiment."""
    gone: int = 0
    """Rows that were removed meanwhile (late duplicates, forgotten tweets); nothing was written for them."""
    commits: int = 0
    conflicts: int = 0


def rescore(
    lake: Lake,
    scorer: Scorer,
    period: Period,
    *,
    dry_run: bool = False,
    report: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Score every row of a period that another version has scored; what is committed when it is killed is not done again.

    Args:
        lake: where; the caller holds its lock for rescoring.
        scorer: of the version to score with.
        period: which rows.
        dry_run: count, and write nothing.
        report: told after each commit.

    Raises:
        UserError: there is no table, or other commits left no room for ours.
        UnfitError: another version has served under the name and number of this one, or it fails or gives no probabilities.
    """
    done = Progress()
    table = lake.require(SCORED)
    served_versions.require(table, scorer.version)
    for day in scan.days(table):
        # A long run must not hold on to files that maintenance deletes two hours after it replaced them.
        lake.refresh(SCORED, table)
        for portion in portions(_scored(table, day, scorer, period), COMMIT_ROWS):
            changed = int(pc.sum(pc.not_equal(portion["sentiment"], portion["sentiment_before"])).as_py())
            scored = replace(done, rescored=done.rescored + portion.num_rows, changed=done.changed + changed)
            done = scored if dry_run else _commit(lake, day, scorer.version, portion, scored)
            report(done)
    return done


def _scored(table: DeltaTable, day: date, scorer: Scorer, period: Period) -> Iterator[pa.Table]:
    """The rows of a day that another version has scored: `IDENTITY`, created_at, the sentiment before, and the new p_positive and sentiment."""
    wanted = [scan.scored_by_another(scorer.version), *period.expressions()]
    for rows in scan.read(table, day, [*IDENTITY, "created_at", "text", "sentiment"], wanted):
        probabilities = probabilities_of(rows["text"], scorer)
        p_positive = checked.required(probabilities, scorer.version)
        yield (
            rows.drop_columns(["text"])
            .rename_columns([*IDENTITY, "created_at", "sentiment_before"])
            .append_column("p_positive", pa.array(p_positive))
            .append_column("sentiment", sentiments(probabilities, scorer.version))
        )


def _commit(lake: Lake, day: date, model: ModelVersion, portion: pa.Table, done: Progress) -> Progress:
    """Commit one portion, from a fresh snapshot where another commit came in between.

    Raises:
        UserError: one always did.
    """
    source = portion.drop_columns(["created_at", "sentiment_before"]).append_column(
        "scored_at", pa.repeat(pa.scalar(datetime.now(UTC), TIMESTAMP), portion.num_rows)
    )
    source = source.append_column("model_name", pa.repeat(model.name, portion.num_rows)).append_column(
        "model_version", pa.repeat(pa.scalar(model.version, pa.int32()), portion.num_rows)
    )
    metadata = {"rescored": {"rows": portion.num_rows, "model": model.name, "version": model.version}}
    told = {"userMetadata": orjson.dumps(metadata).decode()}
    # Of foreign text nothing is in it; the date lets delta-rs leave the other partitions alone.
    predicate = f"t.ingest_date = DATE '{day.isoformat()}' AND {SAME_ROW}"

    recorded: dict[int, Transaction] = {}

    def merge() -> int:
        table = lake.require(SCORED)
        # What takes long between the snapshot and the commit loses to a compaction: recorded once, unless another change came first.
        last = changed_days.last(table)
        if last not in recorded:
            recorded[last] = changed_days.record(lake, table, portion["created_at"])
        transactions = [*served_versions.first_digest(table, model), recorded[last]]
        properties = CommitProperties(custom_metadata=told, app_transactions=transactions)
        # Not streamed: then the source's own ranges bound what is read, and with it what is a conflict.
        merger = table.merge(
            source,
            predicate,
            source_alias="s",
            target_alias="t",
            streamed_exec=False,
            commit_properties=properties,
            post_commithook_properties=NO_HOOKS,
        )
        metrics = merger.when_matched_update({name: f"s.{name}" for name in CHANGED}).execute()
        return int(metrics["num_target_rows_updated"])

    again = commit_again(ATTEMPTS, pause_seconds=PAUSE_SECONDS)
    try:
        gone = portion.num_rows - again(merge)
    except OvertakenError as conflict:
        raise UserError(
            f"Other commits to {lake.location(SCORED)} came in between {ATTEMPTS} times: {done.commits} commits are done and stay; run it again to go on."
        ) from conflict
    return replace(
        done,
        rescored=done.rescored - gone,
        gone=done.gone + gone,
        commits=done.commits + 1,
        conflicts=done.conflicts + again.statistics["attempt_number"] - 1,
    )
