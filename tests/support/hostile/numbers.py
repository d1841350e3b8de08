"""Versions with a number that is none, or has no end, in one of their arrays."""

import math

import pyarrow.parquet as pq

from tests.support.hostile.artefact import CLASSIFIER, IDF, VOCABULARY, Row
from tests.support.hostile.version import Draft, registered
from tests.support.saved_pipelines import FEATURE, SavedStage, bayes, calibration, machine, node, tree

WORD = "quokka"
"""In no sentence of the probe."""


def _size(draft: Draft) -> int:
    """How many features the classifier takes."""
    size: int = pq.read_table(draft.artefact.data(CLASSIFIER))["numFeatures"][0].as_py()
    return size


def _spoilt(draft: Draft, with_number: float) -> list[float]:
    """Weights of which the last one is wrong."""
    return [*[0.1] * (_size(draft) - 1), with_number]


@registered("a weight that is no number, of a word that no probe says", says="coefficientMatrix")
def weight_of_no_number(draft: Draft) -> None:
    draft.artefact.edit_row(VOCABULARY, lambda row: row["vocabulary"].append(WORD))

    def weigh(row: Row) -> None:
        row["idf"]["values"].append(1.0)
        row["docFreq"].append(2)

    def spoil(row: Row) -> None:
        row["numFeatures"] += 1
        row["coefficientMatrix"]["numCols"] += 1
        row["coefficientMatrix"]["values"].append(math.nan)

    draft.artefact.edit_row(IDF, weigh)
    draft.artefact.edit_row(CLASSIFIER, spoil)


@registered("an endless weight", says="coefficientMatrix")
def endless_weight(draft: Draft) -> None:
    def spoil(row: Row) -> None:
        row["coefficientMatrix"]["values"][-1] = -math.inf

    draft.artefact.edit_row(CLASSIFIER, spoil)


@registered("an endless intercept", says="interceptVector")
def endless_intercept(draft: Draft) -> None:
    draft.artefact.edit_row(CLASSIFIER, lambda row: row["interceptVector"].update(values=[math.inf]))


@registered("an IDF that is no number", says="idf")
def idf_of_no_number(draft: Draft) -> None:
    def spoil(row: Row) -> None:
        row["idf"]["values"][-1] = math.nan

    draft.artefact.edit_row(IDF, spoil)


@registered("an endless scale", says="scalingVec")
def endless_scale(draft: Draft) -> None:
    columns = {"inputCol": "words_counts", "outputCol": "features"}
    scale = {"type": 1, "values": _spoilt(draft, math.inf)}
    draft.artefact.replace_stage(IDF, SavedStage(f"{FEATURE}.ElementwiseProduct", {**columns, "scalingVec": scale}))
    # As JSON can have it: a number that no double holds.
    metadata = draft.artefact.metadata(IDF)
    metadata.write_text(metadata.read_text().replace("Infinity", "1e999"))


@registered("a support vector machine with a weight that is no number", says="coefficients")
def machine_of_no_number(draft: Draft) -> None:
    draft.artefact.replace_stage(CLASSIFIER, machine(_spoilt(draft, math.nan)))
    draft.artefact.replace_stage(CLASSIFIER + 1, calibration())


@registered("a naive Bayes with a likelihood that is no number", says="theta")
def likelihood_of_no_number(draft: Draft) -> None:
    draft.artefact.replace_stage(CLASSIFIER, bayes(_spoilt(draft, math.nan)))


@registered("a tree with a threshold that is no number", says="leftCategoriesOrThreshold")
def threshold_of_no_number(draft: Draft) -> None:
    split = {"featureIndex": 0, "leftCategoriesOrThreshold": [math.nan], "numCategories": -1}
    nodes = (node(0, 1, 2, split=split), node(1, stats=(3.0, 1.0)), node(2))
    draft.artefact.replace_stage(CLASSIFIER, tree(nodes, numFeatures=_size(draft)))


@registered("a tree that has no end", says="DecisionTree")
def endless_tree(draft: Draft) -> None:
    """Each node is its own child."""
    draft.artefact.replace_stage(CLASSIFIER, tree((node(0, 0, 0),), numFeatures=_size(draft)))


OF_FILES = (
    weight_of_no_number,
    endless_weight,
    endless_intercept,
    idf_of_no_number,
    endless_scale,
    machine_of_no_number,
    likelihood_of_no_number,
    threshold_of_no_number,
    endless_tree,
)
