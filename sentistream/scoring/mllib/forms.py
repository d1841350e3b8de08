"""The list: every class of stage that may be run, with the parameters and the data that it may have.

It holds what the trainer's grid writes (`trainer/grid`, which a test walks) and what the compiler takes beside that. A name is a whole class
name: whoever loads a stage makes an object of the class that its metadata names. Of each parameter of MLlib only names and values are taken
that change nothing but what is computed (https://spark.apache.org/docs/4.2.0/api/python/reference/pyspark.ml.html).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sentistream.scoring.mllib.vectors import MOST_CLASSES, MOST_FEATURES

Rule = Callable[[Any], bool]
NAME = re.compile(r"\w{1,100}", re.ASCII)
LONGEST_STATEMENT = 32_768
LONGEST_PATTERN = 4_096
LONGEST_NGRAM = 31
MOST_TREES = 500
DEEPEST_TREE = 30
"""MLlib's own bound."""

VECTOR = "struct<type: int8, size: int32, indices: list<int32>, values: list<double>>"
MATRIX = (
    "struct<type: int8, numRows: int32, numCols: int32, colPtrs: list<int32>, rowIndices: list<int32>, "
    "values: list<double>, isTransposed: bool>"
)
SPLIT = "struct<featureIndex: int32, leftCategoriesOrThreshold: list<double>, numCategories: int32>"
NODE = {
    "id": "int32",
    "prediction": "double",
    "impurity": "double",
    "impurityStats": "list<double>",
    "rawCount": "int64",
    "gain": "double",
    "leftChild": "int32",
    "rightChild": "int32",
    "split": SPLIT,
}


@dataclass(frozen=True)
class Form:
    """What a class of stage may hold."""

    parameters: Mapping[str, Rule]
    data: Mapping[str, str] = field(default_factory=dict)
    """Column → type of its data, whatever may be null; empty where it has none."""
    more: Mapping[str, Rule] = field(default_factory=dict)
    """What it keeps beside the parameters."""
    folders: tuple[str, ...] = ("metadata",)
    """What lies in its folder."""


def column(value: Any) -> bool:
    """The name of a column."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def number(value: Any) -> bool:
    """A finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and bool(np.isfinite(value))


def flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def whole(least: int, most: int) -> Rule:
    """A whole number within bounds."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def text(longest: int) -> Rule:
    """A text of at most so many characters."""
    return lambda value: isinstance(value, str) and len(value) <= longest


def one_of(*values: str) -> Rule:
    """One of these words."""
    return lambda value: isinstance(value, str) and value in values


def _columns(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= 64 and all(map(column, value))


def _vector(value: Any) -> bool:
    """As JSON; its numbers are looked at where it is read."""
    return isinstance(value, dict) and value.keys() <= {"type", "size", "indices", "values"}


LARGE = 1 << 62
SEED = whole(-(1 << 63), (1 << 63) - 1)
MADE: dict[str, Rule] = {"inputCol": column, "outputCol": column}
PREDICTOR: dict[str, Rule] = {"featuresCol": column, "labelCol": column, "predictionCol": column}
CLASSIFIER: dict[str, Rule] = {**PREDICTOR, "rawPredictionCol": column, "weightCol": column}
LINEAR: dict[str, Rule] = {
    **CLASSIFIER,
    "aggregationDepth": whole(2, 1_000),
    "fitIntercept": flag,
    "maxBlockSizeInMB": number,
    "maxIter": whole(0, LARGE),
    "regParam": number,
    "standardization": flag,
    "threshold": number,
    "tol": number,
}
TREE: dict[str, Rule] = {
    **CLASSIFIER,
    "probabilityCol": column,
    "cacheNodeIds": flag,
    "checkpointInterval": whole(-1, LARGE),
    "impurity": one_of("gini", "entropy"),
    "leafCol": one_of(""),
    "maxBins": whole(2, LARGE),
    "maxDepth": whole(0, DEEPEST_TREE),
    "maxMemoryInMB": whole(0, LARGE),
    "minInfoGain": number,
    "minInstancesPerNode": whole(1, LARGE),
    "minWeightFractionPerNode": number,
    "seed": SEED,
}
FOREST: dict[str, Rule] = {
    **TREE,
    "bootstrap": flag,
    "featureSubsetStrategy": one_of("auto", "all", "onethird", "sqrt", "log2"),
    "numTrees": whole(1, MOST_TREES),
    "subsamplingRate": number,
}
SHAPE: dict[str, Rule] = {"numFeatures": whole(1, MOST_FEATURES), "numClasses": whole(2, MOST_CLASSES)}
SELECTED: dict[str, Rule] = {"featuresCol": column, "labelCol": column, "outputCol": column}
WITH_DATA = ("metadata", "data")
DECISION_TREE = "org.apache.spark.ml.classification.DecisionTreeClassificationModel"
FOREST_OF_TREES = "org.apache.spark.ml.classification.RandomForestClassificationModel"

_FEATURE = {
    "SQLTransformer": Form({"statement": text(LONGEST_STATEMENT)}),
    "Tokenizer": Form(MADE),
    "RegexTokenizer": Form(
        {
            **MADE,
            "pattern": text(LONGEST_PATTERN),
            "gaps": flag,
            "minTokenLength": whole(0, LARGE),
            "toLowercase": flag,
        }
    ),
    "NGram": Form({**MADE, "n": whole(1, LONGEST_NGRAM)}),
    "CountVectorizerModel": Form(
        {**MADE, "binary": flag, "minDF": number, "maxDF": number, "minTF": number, "vocabSize": whole(1, LARGE)},
        {"vocabulary": "list<string>"},
        folders=WITH_DATA,
    ),
    "HashingTF": Form({**MADE, "binary": flag, "numFeatures": whole(1, MOST_FEATURES)}),
    "IDFModel": Form(
        {**MADE, "minDocFreq": whole(0, LARGE)},
        {"idf": VECTOR, "docFreq": "list<int64>", "numDocs": "int64"},
        folders=WITH_DATA,
    ),
    "ElementwiseProduct": Form({**MADE, "scalingVec": _vector}),
    "ChiSqSelectorModel": Form(
        {
            **SELECTED,
            **dict.fromkeys(("fdr", "fpr", "fwe", "percentile"), number),
            "numTopFeatures": whole(1, LARGE),
            "selectorType": one_of("numTopFeatures", "percentile", "fpr", "fdr", "fwe"),
        },
        {"selectedFeatures": "list<int32>"},
        folders=WITH_DATA,
    ),
    "UnivariateFeatureSelectorModel": Form(
        {
            **SELECTED,
            "featureType": one_of("categorical", "continuous"),
            "labelType": one_of("categorical", "continuous"),
            "selectionMode": one_of("numTopFeatures", "percentile", "fpr", "fdr", "fwe"),
            "selectionThreshold": number,
        },
        {"selectedFeatures": "list<int32>"},
        folders=WITH_DATA,
    ),
    # `skip` would leave tweets out.
    "VectorAssembler": Form({"inputCols": _columns, "outputCol": column, "handleInvalid": one_of("error")}),
}
_CLASSIFICATION = {
    "LogisticRegressionModel": Form(
        {
            **LINEAR,
            "probabilityCol": column,
            "elasticNetParam": number,
            "family": one_of("auto", "binomial", "multinomial"),
        },
        {
            "numClasses": "int32",
            "numFeatures": "int32",
            "interceptVector": VECTOR,
            "coefficientMatrix": MATRIX,
            "isMultinomial": "bool",
        },
        folders=WITH_DATA,
    ),
    "LinearSVCModel": Form(LINEAR, {"coefficients": VECTOR, "intercept": "double"}, folders=WITH_DATA),
    "NaiveBayesModel": Form(
        {**CLASSIFIER, "probabilityCol": column, "modelType": one_of("multinomial"), "smoothing": number},
        {"pi": VECTOR, "theta": MATRIX, "sigma": MATRIX},
        folders=WITH_DATA,
    ),
    "DecisionTreeClassificationModel": Form(TREE, NODE, more=SHAPE, folders=WITH_DATA),
    "RandomForestClassificationModel": Form(
        FOREST,
        {"treeID": "int32", "nodeData": f"struct<{', '.join(f'{name}: {kind}' for name, kind in NODE.items())}>"},
        more={**SHAPE, "numTrees": whole(1, MOST_TREES)},
        folders=("metadata", "data", "treesMetadata"),
    ),
}
TREES_METADATA = {"_1": "int32", "_2": "string", "_3": "double"}
"""A forest's `treesMetadata`: a tree's number, its metadata, its weight. Spark 4.2 gives the columns no names."""

FORMS: dict[str, Form] = {
    **{f"org.apache.spark.ml.feature.{kind}": form for kind, form in _FEATURE.items()},
    **{f"org.apache.spark.ml.classification.{kind}": form for kind, form in _CLASSIFICATION.items()},
}
