"""Saved pipelines, written file by file as Spark writes them: small, and as wrong as a test wants them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

FEATURE, CLASSIFICATION = "org.apache.spark.ml.feature", "org.apache.spark.ml.classification"
VECTOR = pa.struct(
    [("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())), ("values", pa.list_(pa.float64()))]
)
MATRIX = pa.struct(
    [
        ("type", pa.int8()),
        ("numRows", pa.int32()),
        ("numCols", pa.int32()),
        ("colPtrs", pa.list_(pa.int32())),
        ("rowIndices", pa.list_(pa.int32())),
        ("values", pa.list_(pa.float64())),
        ("isTransposed", pa.bool_()),
    ]
)
NODE = pa.struct(
    [
        ("id", pa.int32()),
        ("prediction", pa.float64()),
        ("impurity", pa.float64()),
        ("impurityStats", pa.list_(pa.float64())),
        ("rawCount", pa.int64()),
        ("gain", pa.float64()),
        ("leftChild", pa.int32()),
        ("rightChild", pa.int32()),
        (
            "split",
            pa.struct(
                [
                    ("featureIndex", pa.int32()),
                    ("leftCategoriesOrThreshold", pa.list_(pa.float64())),
                    ("numCategories", pa.int32()),
                ]
            ),
        ),
    ]
)
WORDS = ("good", "love", "great", "bad", "hate", "awful")
WEIGHTS = (2.0, 3.0, 2.0, -2.0, -3.0, -2.0)


@dataclass(frozen=True)
class SavedStage:
    """A stage that is to be written."""

    name: str
    """Its class."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data: pa.Table | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    trees: pa.Table | None = None

    @property
    def kind(self) -> str:
        """The last part of its class's name."""
        return self.name.rpartition(".")[2]

    def having(self, **parameters: Any) -> "SavedStage":
        """With other parameters."""
        return replace(self, parameters={**self.parameters, **parameters})

    def holding(self, column: str, value: Any) -> "SavedStage":
        """With another value in the one row of its data."""
        assert self.data is not None
        at = self.data.column_names.index(column)
        return replace(self, data=self.data.set_column(at, column, pa.array([value], self.data.schema.types[at])))


def write(folder: Path, stages: Sequence[SavedStage]) -> Path:
    """Save a pipeline below a folder; that folder."""
    uids = [f"{stage.kind}_{number}" for number, stage in enumerate(stages)]
    _metadata(folder, "org.apache.spark.ml.PipelineModel", {"stageUids": uids}, {}, "PipelineModel_1")
    for number, (uid, stage) in enumerate(zip(uids, stages, strict=True)):
        place = folder / "stages" / f"{number:0{len(str(len(uids)))}d}_{uid}"
        _metadata(place, stage.name, stage.parameters, stage.more, uid)
        for name, table in (("data", stage.data), ("treesMetadata", stage.trees)):
            if table is not None:
                (place / name).mkdir()
                pq.write_table(table, place / name / "part-00000-1.snappy.parquet")
                (place / name / "_SUCCESS").touch()
    return folder


def _metadata(folder: Path, name: str, parameters: Mapping[str, Any], more: Mapping[str, Any], uid: str) -> None:
    (folder / "metadata").mkdir(parents=True)
    read = {"class": name, "timestamp": 1, "sparkVersion": "4.2.0", "uid": uid}
    read |= {"paramMap": dict(parameters), "defaultParamMap": {}, **more}
    (folder / "metadata" / "part-00000-1.txt").write_text(json.dumps(read) + "\n", "utf-8")
    (folder / "metadata" / "_SUCCESS").touch()


def dense(values: Sequence[float]) -> dict[str, Any]:
    """A vector as MLlib stores it."""
    return {"type": 1, "size": None, "indices": None, "values": list(values)}


def dense_matrix(rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    """A matrix as MLlib stores it, by columns."""
    by_columns = [row[column] for column in range(len(rows[0])) for row in rows]
    shape = {"type": 1, "numRows": len(rows), "numCols": len(rows[0]), "colPtrs": None, "rowIndices": None}
    return {**shape, "values": by_columns, "isTransposed": False}


def row(**columns: tuple[Any, pa.DataType]) -> pa.Table:
    """One row: a value and a type for each column."""
    return pa.table({name: pa.array([value], kind) for name, (value, kind) in columns.items()})


def cleaned(expression: str = "replace(`text`, '&amp;', '&')") -> SavedStage:
    """The text's cleaning."""
    statement = f"SELECT *, {expression} AS `clean` FROM __THIS__"  # noqa: S608 - a test's own
    return SavedStage(f"{FEATURE}.SQLTransformer", {"statement": statement})


def tokens() -> SavedStage:
    """The tokens of `clean`, in `words`."""
    pattern = {"pattern": "[a-z]+", "gaps": False, "toLowercase": False, "minTokenLength": 1}
    return SavedStage(f"{FEATURE}.RegexTokenizer", {"inputCol": "clean", "outputCol": "words", **pattern})


def counted(vocabulary: Sequence[str] = WORDS) -> SavedStage:
    """The counts of a vocabulary's words, in `counts`."""
    return SavedStage(
        f"{FEATURE}.CountVectorizerModel",
        {"inputCol": "words", "outputCol": "counts", "binary": True, "minTF": 1.0, "vocabSize": 1 << 18},
        row(vocabulary=(list(vocabulary), pa.list_(pa.string()))),
    )


def weighted(idf: Sequence[float] = (1.0,) * 6) -> SavedStage:
    """Their IDF, in `features`."""
    return SavedStage(
        f"{FEATURE}.IDFModel",
        {"inputCol": "counts", "outputCol": "features", "minDocFreq": 0},
        row(idf=(dense(idf), VECTOR), docFreq=([1] * len(idf), pa.list_(pa.int64())), numDocs=(len(idf), pa.int64())),
    )


CLASSIFIED = {
    "featuresCol": "features",
    "labelCol": "label",
    "predictionCol": "prediction",
    "rawPredictionCol": "rawPrediction",
    "probabilityCol": "probability",
}


def regression(weights: Sequence[float] = WEIGHTS, intercept: float = 0.0) -> SavedStage:
    """A logistic regression of two classes."""
    return SavedStage(
        f"{CLASSIFICATION}.LogisticRegressionModel",
        {**CLASSIFIED, "family": "auto", "threshold": 0.5, "maxIter": 25, "standardization": False},
        row(
            numClasses=(2, pa.int32()),
            numFeatures=(len(weights), pa.int32()),
            interceptVector=(dense([intercept]), VECTOR),
            coefficientMatrix=(dense_matrix([weights]), MATRIX),
            isMultinomial=(False, pa.bool_()),
        ),
    )


def machine(weights: Sequence[float] = WEIGHTS, intercept: float = 0.0) -> SavedStage:
    """A linear support vector machine, whose margin `calibration` takes."""
    named = {"featuresCol": "features", "predictionCol": "side", "rawPredictionCol": "margin"}
    return SavedStage(
        f"{CLASSIFICATION}.LinearSVCModel",
        {**named, "threshold": 0.0},
        row(coefficients=(dense(weights), VECTOR), intercept=(intercept, pa.float64())),
    )


def calibration() -> SavedStage:
    """A logistic regression over a machine's margin."""
    return regression((-1.0, 1.0)).having(featuresCol="margin")


def bayes(weights: Sequence[float] = WEIGHTS) -> SavedStage:
    """Multinomial naive Bayes."""
    return SavedStage(
        f"{CLASSIFICATION}.NaiveBayesModel",
        {**CLASSIFIED, "modelType": "multinomial", "smoothing": 1.0},
        row(
            pi=(dense([-0.7, -0.7]), VECTOR),
            theta=(dense_matrix([[-each for each in weights], weights]), MATRIX),
            sigma=(dense_matrix([[0.0] * len(weights)] * 2), MATRIX),
        ),
    )


def node(number: int, left: int = -1, right: int = -1, stats: Sequence[float] = (1.0, 2.0), **other: Any) -> Any:
    """A node of a tree: a leaf, or one that splits on its number's feature."""
    split = {"featureIndex": number if left >= 0 else -1, "numCategories": -1}
    split["leftCategoriesOrThreshold"] = [0.5] if left >= 0 else []
    made = {"id": number, "prediction": 1.0, "impurity": 0.4, "impurityStats": list(stats), "rawCount": 3, "gain": 0.1}
    return {**made, "leftChild": left, "rightChild": right, "split": split, **other}


NODES = (node(0, 1, 2), node(1, stats=(3.0, 1.0)), node(2))
SHAPE = {"numFeatures": 6, "numClasses": 2}
TREE = f"{CLASSIFICATION}.DecisionTreeClassificationModel"


def tree(nodes: Sequence[Any] = NODES, **more: Any) -> SavedStage:
    """A decision tree."""
    flat = pa.Table.from_struct_array(pa.array(list(nodes), NODE))
    return SavedStage(TREE, {**CLASSIFIED, "maxDepth": 8, "seed": 7, "leafCol": ""}, flat, {**SHAPE, **more})


def forest(trees: Sequence[Sequence[Any]] = (NODES, NODES), **more: Any) -> SavedStage:
    """A random forest."""
    owners = [number for number, nodes in enumerate(trees) for _ in nodes]
    flat = pa.array([each for nodes in trees for each in nodes], NODE)
    metadata = {"class": TREE, "timestamp": 1, "sparkVersion": "4.2.0", "uid": "dtc_1", "paramMap": {"maxDepth": 8}}
    about = {
        "_1": pa.array(range(len(trees)), pa.int32()),
        "_2": [json.dumps({**metadata, "defaultParamMap": {}})] * len(trees),
        "_3": [1.0] * len(trees),
    }
    return SavedStage(
        f"{CLASSIFICATION}.RandomForestClassificationModel",
        {**CLASSIFIED, "numTrees": len(trees), "bootstrap": True},
        pa.table({"treeID": pa.array(owners, pa.int32()), "nodeData": flat}),
        {**SHAPE, "numTrees": len(trees), **more},
        pa.table(about),
    )


def linear(**others: SavedStage) -> list[SavedStage]:
    """A pipeline of words that is understood and compiled; each stage can be replaced by its name here."""
    made = {
        "cleaned": cleaned(),
        "tokens": tokens(),
        "counted": counted(),
        "weighted": weighted(),
        "regression": regression(),
    }
    return list({**made, **others}.values())


def ending_in(*classifiers: SavedStage) -> list[SavedStage]:
    """The same with other classifiers."""
    return [*linear()[:-1], *classifiers]
