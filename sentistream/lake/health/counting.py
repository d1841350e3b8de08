"""Scored tweets → counts by hour, language and version; counts of parts of them can be added up.

A table of counts has the columns of `KEYS`, `tweets`, one for each bin of `yardstick.WIDTHS` (`scores_0`, …), `confidence` and `last_arrival`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.contracts.labels import WITH_NEUTRAL, LabelMap
from sentistream.contracts.split import HOLDOUT, is_kept_by, part_of
from sentistream.drift import verdict
from sentistream.drift.profile import Profile
from sentistream.drift.verdict import Met
from sentistream.drift.yardstick import BINS, WIDTHS, Yardstick
from sentistream.errors import UserError
from sentistream.lake.health.profiles import Version
from sentistream.lake.tables import MODEL_HEALTH

READ = (
    "text",
    "lang",
    "created_at",
    "kafka_timestamp",
    "p_positive",
    "sentiment",
    "label",
    "model_name",
    "model_version",
)
"""What is read of the scored table."""
LOOKED_AT = "is_looked_at"
KEYS = ("window_start", "lang", "model_name", "model_version")
HOUR_US = 3_600_000_000
INSTANT = pa.timestamp("us", "UTC")
NONE_KNOWN = np.zeros(0, np.uint32)
WITHOUT_PROFILE = Yardstick(
    LabelMap(WITH_NEUTRAL),
    "",
    np.arange(1, BINS) / BINS,
    np.array([20, 40, 60, 80, 100, 120, 140, 200, 280]),
    NONE_KNOWN,
    (),
    NONE_KNOWN,
    np.zeros(0, np.int64),
)
"""For a version of before profiles: it is counted all the same, and nothing is judged by it."""
BINNED = [(name, [f"{name}_{place}" for place in range(width)]) for name, width in WIDTHS.items()]
TEXTS = 500
"""Of so many tweets of one batch that is read (`reading.READ_AHEAD`) the texts are looked at, evenly: of a busy stream enough to judge it, at
1.6 processor microseconds a tweet instead of 9 (`python -m benchmarks.drift`); of a batch with fewer all of them."""
PIECE_ROWS = 5_000
"""Of rows that are made at once, by way of Python's own numbers."""
LISTED = tuple(name for name, width in WIDTHS.items() if width > 1)
"""Those that are a list in the table."""
ADDED = ["tweets", *(column for _, columns in BINNED for column in columns), "confidence"]
COUNTS = pa.schema(
    {"window_start": INSTANT, "lang": pa.string(), "model_name": pa.string(), "model_version": pa.int32()}
    | {name: pa.float64() if name == "confidence" else pa.int64() for name in ADDED}
    | {"last_arrival": INSTANT}
)
NOTHING = COUNTS.empty_table()


def counted(tweets: pa.Table, profiles: Mapping[Version, Profile]) -> list[pa.Table]:
    """Count a batch of tweets (columns `READ`), a table for each version that has any which it was not trained on."""
    parts = []
    places = np.linspace(0, tweets.num_rows - 1, min(tweets.num_rows, TEXTS)).astype(np.int64)
    is_looked_at = np.zeros(tweets.num_rows, np.bool_)
    is_looked_at[places] = True
    tweets = tweets.append_column(LOOKED_AT, pa.array(is_looked_at))
    versions = tweets.group_by(["model_name", "model_version"]).aggregate([]).to_pylist()
    for each in versions:
        of_version = (pc.field("model_name") == each["model_name"]) & (
            pc.field("model_version") == each["model_version"]
        )
        own = tweets if len(versions) == 1 else tweets.filter(of_version)
        profile = profiles.get((each["model_name"], each["model_version"]))
        if profile is None:
            parts.append(_counted(own, each, WITHOUT_PROFILE))
        elif (unseen := own.filter(_are_unseen(own, profile.yardstick.split))).num_rows:
            parts.append(_counted(unseen, each, profile.yardstick))
    return parts


def _are_unseen(tweets: pa.Table, tag: str) -> pa.Array:
    """Which tweets a version of that split was certainly not trained on (invariant 10): those without a label, and of the others that are looked at the holdout.

    A version is surer of what it was trained on, so that a replay of its own file would look like drift.
    """
    unseen = pc.is_null(tweets["label"]).to_numpy()
    if is_kept_by(tag):
        for place in np.flatnonzero(~unseen & tweets[LOOKED_AT].to_numpy()):
            unseen[place] = part_of(tweets["text"][int(place)].as_py()) in HOLDOUT
    return pa.array(unseen)


def _counted(tweets: pa.Table, version: Mapping[str, object], yardstick: Yardstick) -> pa.Table:
    hours = microseconds(tweets["created_at"]) // HOUR_US
    langs = pc.dictionary_encode(tweets["lang"].combine_chunks())
    langs = langs.combine_chunks() if isinstance(langs, pa.ChunkedArray) else langs
    kinds = len(langs.dictionary)
    pairs, groups = np.unique(hours * kinds + langs.indices.to_numpy(), return_inverse=True)
    number = len(pairs)
    counts, confidence = yardstick.counted(groups, number, tweets, np.flatnonzero(tweets[LOOKED_AT].to_numpy()))
    arrived = np.zeros(number, np.int64)
    np.maximum.at(arrived, groups, microseconds(tweets["kafka_timestamp"]))
    columns: dict[str, pa.Array] = {
        "window_start": pa.array(pairs // kinds * HOUR_US, pa.int64()).cast(INSTANT),
        "lang": langs.dictionary.take(pa.array(pairs % kinds)),
        "model_name": pa.repeat(pa.scalar(version["model_name"], pa.string()), number),
        "model_version": pa.repeat(pa.scalar(version["model_version"], pa.int32()), number),
        "tweets": pa.array(np.bincount(groups, minlength=number), pa.int64()),
    }
    columns |= {name: pa.array(counts[of][:, place]) for of, names in BINNED for place, name in enumerate(names)}
    columns["confidence"] = pa.array(confidence)
    columns["last_arrival"] = pa.array(arrived).cast(INSTANT)
    return pa.table(
        [columns[name].cast(of) for name, of in zip(COUNTS.names, COUNTS.types, strict=True)], schema=COUNTS
    )


def added(parts: Sequence[pa.Table]) -> pa.Table:
    """Add counts up, so that each key is there once."""
    sums = [(name, "sum") for name in ADDED]
    together = pa.concat_tables([NOTHING, *parts]).group_by(list(KEYS)).aggregate([*sums, ("last_arrival", "max")])
    names = {f"{name}_sum": name for name in ADDED} | {"last_arrival_max": "last_arrival"}
    return together.rename_columns([names.get(name, name) for name in together.column_names])


def as_rows(counts: pa.Table, profiles: Mapping[Version, Profile], schema: pa.Schema) -> pa.Table:
    """Counts → rows of `gold/model_health`, each beside its version's profile; nulls in columns that somebody has added."""
    parts = (counts.slice(at, PIECE_ROWS) for at in range(0, counts.num_rows, PIECE_ROWS))
    return pa.concat_tables([schema.empty_table(), *(_as_rows(part, profiles, schema) for part in parts)])


def _as_rows(counts: pa.Table, profiles: Mapping[Version, Profile], schema: pa.Schema) -> pa.Table:
    versions = zip(counts["model_name"].to_pylist(), counts["model_version"].to_pylist(), strict=True)
    known = [profiles.get(version) for version in versions]
    columns: dict[str, pa.Array | pa.ChunkedArray] = {name: counts[name] for name in (*KEYS, "tweets", "last_arrival")}
    matrices = {name: np.stack([counts[each].to_numpy() for each in names], axis=1) for name, names in BINNED}
    for name, matrix in matrices.items():
        columns[name] = pa.array(matrix.tolist(), pa.list_(pa.int64())) if name in LISTED else pa.array(matrix[:, 0])
    with_profile = pa.array([profile is not None for profile in known])
    columns["unknown_words"] = pc.if_else(with_profile, columns["unknown_words"], pa.scalar(None, pa.int64()))
    columns["confidence"] = pc.if_else(
        pc.is_nan(counts["confidence"]), pa.scalar(None, pa.float64()), counts["confidence"]
    )
    columns["window_date"] = counts["window_start"].cast(pa.date32())
    told = [
        {} if profile is None else verdict.divergences(profile, _met(matrices, place, tweets))
        for place, (profile, tweets) in enumerate(zip(known, counts["tweets"].to_pylist(), strict=True))
    ]
    numbers = pa.map_(pa.string(), pa.float64())
    for place, column in enumerate(("psi", "noise_floor")):
        columns[column] = pa.array([[(name, each[place]) for name, each in row.items()] for row in told], numbers)
    made = [
        _as(columns[field.name], field.type) if field.name in columns else pa.nulls(counts.num_rows, field.type)
        for field in schema
    ]
    return pa.table(made, schema=schema)


def as_counts(rows: pa.Table) -> pa.Table:
    """Rows of `gold/model_health` → counts.

    Raises:
        UserError: another program wrote some of them.
    """
    columns: dict[str, pa.ChunkedArray] = {name: rows[name] for name in (*KEYS, "tweets", "last_arrival")}
    for name, names in BINNED:
        if name in LISTED:
            if not pc.all(pc.equal(pc.list_value_length(rows[name]), len(names)), min_count=0).as_py():
                raise UserError(
                    f"{MODEL_HEALTH} has rows whose column {name} does not have {len(names)} numbers, which this program did not write. "
                    "Delete the table: it is counted again from what is there."
                )
            columns |= {each: _bin(rows[name], place) for place, each in enumerate(names)}
        else:
            columns[names[0]] = pc.fill_null(rows[name], 0)
    columns["confidence"] = pc.fill_null(rows["confidence"], float("nan"))
    return pa.table(
        [columns[name].cast(of) for name, of in zip(COUNTS.names, COUNTS.types, strict=True)], schema=COUNTS
    )


def _bin(lists: pa.ChunkedArray, place: int) -> pa.ChunkedArray:
    # Of no rows, Arrow finds no element.
    return pc.list_element(lists, place) if len(lists) else pa.chunked_array([], pa.int64())


def met(counts: pa.Table) -> Met:
    """All of some counts together."""
    sums = {name: np.array([pc.sum(counts[each]).as_py() or 0 for each in names], np.int64) for name, names in BINNED}
    tweets = int(pc.sum(counts["tweets"]).as_py() or 0)
    total = pc.sum(counts["confidence"]).as_py()
    return Met(tweets, sums, float("nan") if total is None or not tweets else total / tweets)


def _met(matrices: Mapping[str, npt.NDArray[np.int64]], row: int, tweets: int) -> Met:
    return Met(tweets, {name: matrix[row] for name, matrix in matrices.items()}, float("nan"))


def microseconds(times: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Times → microseconds since 1970."""
    return np.asarray(pc.cast(pc.cast(times, INSTANT, safe=False), pa.int64()).to_numpy(), np.int64)


def _as(column: pa.Array | pa.ChunkedArray, of_type: pa.DataType) -> pa.Array | pa.ChunkedArray:
    return column if column.type == of_type else column.cast(of_type)
