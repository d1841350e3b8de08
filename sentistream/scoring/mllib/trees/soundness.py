"""A decision tree's nodes, and a forest's: finite, within bounds, and really trees."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sentistream.scoring.mllib import forms, parquet, saved
from sentistream.scoring.mllib.errors import NotUnderstoodError
from sentistream.scoring.mllib.forms import DEEPEST_TREE, FORMS
from sentistream.scoring.mllib.saved import Stage

NUMBERS = ("prediction", "impurity", "gain")


def require_tree(stage: Stage) -> None:
    """Hold a decision tree's nodes against its metadata.

    Raises:
        NotUnderstoodError: they are no tree, not finite or out of bounds.
    """
    _require_nodes(parquet.rows(saved.part(stage.folder / "data", ".parquet")), stage)


def require_forest(stage: Stage) -> None:
    """Hold each tree of a forest, its nodes and its metadata, against the forest's metadata.

    Raises:
        NotUnderstoodError: one is none, not finite or out of bounds.
    """
    about_file = saved.part(stage.folder / "treesMetadata", ".parquet")
    if parquet.schema_of(about_file) != forms.TREES_METADATA:
        raise NotUnderstoodError("its treesMetadata has other columns than its class writes")
    about = parquet.rows(about_file)
    wanted = list(range(stage.more["numTrees"]))
    numbers, written, weights = (about[name] for name in forms.TREES_METADATA)
    if sorted(numbers.to_pylist()) != wanted:
        raise NotUnderstoodError(f"its treesMetadata does not name each of {len(wanted)} trees once")
    _require_finite(weights, "weights")
    for each in written.to_pylist():
        _require_metadata(each, stage)
    nodes = parquet.rows(saved.part(stage.folder / "data", ".parquet"))
    fields = nodes["nodeData"].combine_chunks()
    flat = pa.table(dict(zip(forms.NODE, fields.flatten(), strict=True)))
    owners = nodes["treeID"]
    if fields.null_count or sorted(pc.unique(owners).to_pylist()) != wanted:
        raise NotUnderstoodError(f"its nodes are not those of {len(wanted)} trees")
    for number in wanted:
        _require_nodes(flat.filter(pc.equal(owners, number)), stage)


def _require_metadata(written: str, stage: Stage) -> None:
    metadata = saved.metadata_of(written)
    if metadata.get("class") != forms.DECISION_TREE:
        raise NotUnderstoodError(f"one of its trees is a {metadata.get('class')}")
    given = {**metadata.get("defaultParamMap", {}), **metadata.get("paramMap", {})}
    allowed = FORMS[forms.DECISION_TREE].parameters
    wrong = next((name for name, value in given.items() if name not in allowed or not allowed[name](value)), None)
    if wrong is not None:
        raise NotUnderstoodError(f"one of its trees has the parameter {wrong} = {str(given[wrong])[:60]!r}")
    if any(name in metadata and metadata[name] != stage.more[name] for name in forms.SHAPE):
        raise NotUnderstoodError("one of its trees is of another shape")


def _require_nodes(nodes: pa.Table, stage: Stage) -> None:
    nodes = nodes.sort_by("id")
    number = nodes.num_rows
    if nodes["id"].to_pylist() != list(range(number)) or not number:
        raise NotUnderstoodError("its nodes are not numbered from 0")
    for name in NUMBERS:
        _require_finite(nodes[name], name)
    left, right = (nodes[name].to_numpy() for name in ("leftChild", "rightChild"))
    _require_shape(left, right)
    inner = left >= 0
    _require_leaves(nodes["impurityStats"].combine_chunks(), stage.more["numClasses"])
    _require_splits(nodes["split"].combine_chunks().filter(pa.array(inner)), stage.more["numFeatures"])


def _require_shape(left: npt.NDArray[np.int32], right: npt.NDArray[np.int32]) -> None:
    """Each node but the first is the child of exactly one before it, and none is too deep."""
    depth = np.zeros(len(left), np.int64)
    children = []
    for node, (one, other) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if one < 0 and other < 0:
            continue
        if not (node < one < len(left) and node < other < len(left)):
            raise NotUnderstoodError(f"its node {node} has the children {one} and {other}, which are none")
        depth[[one, other]] = depth[node] + 1
        children += [one, other]
    if sorted(children) != list(range(1, len(left))):
        raise NotUnderstoodError("its nodes are no tree: one has no parent, or two")
    if depth.max() > DEEPEST_TREE:
        raise NotUnderstoodError(f"it is {depth.max()} nodes deep, {DEEPEST_TREE} are taken")


def _require_leaves(stats: pa.ListArray, classes: int) -> None:
    if stats.null_count or not pc.all(pc.equal(pc.list_value_length(stats), classes)).as_py():
        raise NotUnderstoodError(f"impurityStats has not one number for each of {classes} classes")
    counts = stats.flatten().to_numpy(zero_copy_only=False).reshape(-1, classes)
    # Their shares are the probabilities: of nothing there is none.
    if not np.isfinite(counts).all() or (counts < 0).any() or not (counts.sum(axis=1) > 0).all():
        raise NotUnderstoodError("impurityStats holds what is no count: NaN, infinite, negative, or nothing")
    if not np.isfinite(counts.sum(axis=1)).all():
        raise NotUnderstoodError("impurityStats adds up to infinity")


def _require_splits(splits: pa.StructArray, features: int) -> None:
    feature = splits.field("featureIndex").to_numpy(zero_copy_only=False)
    categories = splits.field("numCategories").to_numpy(zero_copy_only=False)
    if splits.null_count or (feature < 0).any() or (feature >= features).any():
        raise NotUnderstoodError(f"a split is on a feature that is none of {features:,}")
    thresholds = splits.field("leftCategoriesOrThreshold")
    lengths = pc.list_value_length(thresholds).to_numpy(zero_copy_only=False)
    # -1 is a threshold; otherwise those of so many categories that go to the left.
    if (
        thresholds.null_count
        or (lengths != 1)[categories == -1].any()
        or (lengths > categories)[categories != -1].any()
    ):
        raise NotUnderstoodError("a split has neither one threshold nor categories")
    _require_finite(thresholds.flatten(), "leftCategoriesOrThreshold")


def _require_finite(values: pa.Array | pa.ChunkedArray, field: str) -> None:
    if values.null_count or not (len(values) == 0 or pc.all(pc.is_finite(values)).as_py()):
        raise NotUnderstoodError(f"{field} holds NaN or infinity, and has to be finite")
