"""Trees ask for counts, which are packed into margins: exactly, or not at all."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline, transfer, understood
from tests.support import saved_pipelines as saved
from tests.support.saved_pipelines import SavedStage, node

TEXTS = ["", "good", "love", "good good good", "🚀", "good love bad hate great awful " * 50, "unheard of"]


def compiled(folder: Path, *stages: SavedStage) -> CompiledPipeline:
    return CompiledPipeline.from_stages(understood.read(saved.write(folder, stages)).stages)


def positive(pipeline: CompiledPipeline, texts: list[str]) -> list[float]:
    found = pipeline.score(pa.array(texts, pa.large_string()))
    assert np.allclose(found.sum(axis=1), 1)
    return [round(each, 12) for each in found[:, 1].tolist()]


def deciding(threshold: float, feature: int = 0, categories: int = -1, sent: tuple[float, ...] = ()) -> SavedStage:
    """A tree of one question; to the left it is 1/4, to the right 2/3."""
    split = {"featureIndex": feature, "leftCategoriesOrThreshold": [*sent] if categories > 0 else [threshold]}
    return saved.tree([node(0, 1, 2, split={**split, "numCategories": categories}), *saved.NODES[1:]])


def test_a_tree_and_a_forest_give_the_shares_of_the_leaves(tmp_path: Path) -> None:
    before = saved.linear()[:-1]
    tree = compiled(tmp_path / "tree", *before, saved.tree())
    assert positive(tree, TEXTS[:4]) == [0.25, round(2 / 3, 12), 0.25, round(2 / 3, 12)]
    other = [node(0, 1, 2, stats=(1.0, 0.0)), node(1, stats=(0.0, 5.0)), node(2, stats=(9.0, 1.0))]
    forest = compiled(tmp_path / "forest", *before, saved.forest([saved.NODES, other]))
    assert positive(forest, TEXTS[:2]) == [(0.25 + 1.0) / 2, round((2 / 3 + 0.1) / 2, 12)]


def test_a_tree_of_one_leaf_says_the_same_of_all(tmp_path: Path) -> None:
    leaf = compiled(tmp_path / "leaf", *saved.linear()[:-1], saved.tree([node(0)]))
    assert positive(leaf, TEXTS) == [round(2 / 3, 12)] * len(TEXTS)


@given(
    st.floats(-4, 4) | st.sampled_from([0.0, 0.5, 1.0, 1.5, 3.0, 6.0]),
    st.floats(-2, 2) | st.sampled_from([0.0, 0.1, 1.0, 2.0, -1.0]),
    st.booleans(),
)
def test_whatever_the_threshold_a_count_goes_where_its_weighted_value_does(
    tmp_path_factory: pytest.TempPathFactory, threshold: float, weight: float, binary: bool
) -> None:
    stages = saved.linear(
        counted=saved.counted().having(binary=binary),
        weighted=saved.weighted([weight] * 6),
        regression=deciding(threshold),
    )
    pipeline = compiled(tmp_path_factory.mktemp("tree") / "saved", *stages)
    counts = range(8)
    expected = [
        0.25 if (min(each, 1) if binary else each) * weight <= threshold else round(2 / 3, 12) for each in counts
    ]
    assert positive(pipeline, ["good " * each for each in counts]) == expected


@pytest.mark.parametrize(
    ("categories", "sent", "expected"),
    [(2, (0.0,), [0.25, 2 / 3]), (2, (1.0,), [2 / 3, 0.25]), (2, (0.0, 1.0), [0.25, 0.25]), (4, (), [2 / 3, 2 / 3])],
)
def test_categories_of_a_presence_are_taken(
    tmp_path: Path, categories: int, sent: tuple[float, ...], expected: list[float]
) -> None:
    tree = deciding(0, categories=categories, sent=sent)
    pipeline = compiled(tmp_path / "saved", *saved.linear(regression=tree))
    assert positive(pipeline, ["", "good"]) == [round(each, 12) for each in expected]


def test_categories_of_a_count_are_left_to_spark(tmp_path: Path) -> None:
    stages = saved.linear(
        counted=saved.counted().having(binary=False), regression=deciding(0, categories=2, sent=(0.0,))
    )
    with pytest.raises(CannotCompileError, match="categories of what is counted"):
        compiled(tmp_path / "saved", *stages)


@pytest.fixture(scope="module")
def forest(tmp_path_factory: pytest.TempPathFactory) -> CompiledPipeline:
    return compiled(tmp_path_factory.mktemp("forest") / "saved", *saved.linear()[:-1], saved.forest())


def test_a_forest_scores_alike_after_another_process_handed_it_over(forest: CompiledPipeline) -> None:
    again = transfer.put_together(*transfer.taken_apart(forest))
    assert positive(again, TEXTS) == positive(forest, TEXTS)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("roots", 6),
        ("left", 0),
        ("left", 6),
        ("right", -1),
        ("margin", 1),
        ("margin", -1),
        ("shift", 64),
        ("shares", -1.0),
    ],
)
def test_nodes_that_would_lead_elsewhere_or_never_end_are_refused(
    forest: CompiledPipeline, name: str, wrong: float
) -> None:
    values, arrays = transfer.taken_apart(forest)
    changed = arrays[f"trees.{name}"].copy()
    changed[0] = wrong
    with pytest.raises(transfer.UnsoundError):
        transfer.put_together(values, {**arrays, f"trees.{name}": changed})
