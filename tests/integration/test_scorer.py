"""The compiled scorer against MLlib's own transform."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.ml import Pipeline, PipelineModel, Transformer
from pyspark.ml.base import Estimator
from pyspark.ml.classification import (
    LogisticRegression,
    NaiveBayes,
    RandomForestClassifier,
)
from pyspark.ml.feature import (
    IDF,
    ChiSqSelector,
    CountVectorizer,
    ElementwiseProduct,
    HashingTF,
    NGram,
    RegexTokenizer,
    Tokenizer,
    VectorAssembler,
)
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 - the field's usual name

from sentistream.contracts.model_version import ModelVersion
from sentistream.files import reading
from sentistream.files.rows import TweetRow
from sentistream.scoring import artefact
from sentistream.scoring.mllib import CompiledPipeline, understood
from sentistream.scoring.mllib.text import CONTEXT, LOWER
from sentistream.scoring.scorer import Scorer, load
from sentistream.scoring.sentiment import Probabilities
from tests.support.places import FIXTURES, ROOT
from trainer.features.feature_sets import FeatureSet
from trainer.grid.cells import BAYES, GRIDS, Cell
from trainer.grid.classifiers import WEIGHT, Kind
from trainer.settings import TrainerSettings

Champion = tuple[ModelVersion, PipelineModel]
Stages = Sequence[Transformer | Estimator[Any]]
TOLERANCE = 1e-9
ROUNDING = 2 * np.finfo(np.float64).eps
"""MLlib takes one of two probabilities from 1: a tiny one has no more digits than 1 has."""
ODD = [
    "",
    " ",
    "İstanbul ΟΔΟΣ ΑΣ",
    "a" * 5000,
    "good bad " * 300,
    "🚀🚀 @a http://x",
    "  two  spaces ",
    "\tTab\n",
    "ﬀ Ǆ ẞ",
    "don't cannot can't",
]


def stock(pipeline: PipelineModel, rows: DataFrame) -> Probabilities:
    scored = pipeline.transform(rows).select(vector_to_array(F.col("probability")).alias("p")).toArrow()["p"]
    return scored.combine_chunks().flatten().to_numpy().reshape(len(scored), -1)


def assert_same(spark: SparkSession, pipeline: PipelineModel, compiled: CompiledPipeline, texts: list[str]) -> None:
    rows = spark.createDataFrame(pa.table({"text": pa.array(texts, pa.string())})).coalesce(1)
    assert_repeated(stock(pipeline, rows), compiled, texts)


def assert_repeated(expected: Probabilities, compiled: CompiledPipeline, texts: list[str]) -> None:
    found = compiled.score(pa.array(texts, pa.large_string()))
    assert found.shape == expected.shape
    worst = np.abs(found - expected) - TOLERANCE * expected
    assert worst.max(initial=0) <= ROUNDING, texts[int(worst.max(axis=1).argmax())]
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


@pytest.fixture(scope="session")
def compiled(champion: Champion, registry_settings: TrainerSettings) -> CompiledPipeline:
    return CompiledPipeline.from_saved(artefact.fetch(registry_settings, champion[0]).folder)


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.long), 10], ids="one in {}".format)
def test_a_real_tweet_is_scored_as_by_the_pipeline(
    spark: SparkSession, champion: Champion, compiled: CompiledPipeline, shared_data: Path, every: int
) -> None:
    texts = [line for file in sorted(shared_data.glob("umsab/*/*")) for line in file.read_text("utf-8").split("\n")]
    for name in ("sentiment140/unique_text.csv", "sentiment140/random_sample.csv", "semeval2017/test_2017.tsv"):
        rows = reading.labelled(shared_data / name)
        texts += [row.text for row in rows if isinstance(row, TweetRow)]
    assert len(texts) > 140_000
    assert_same(spark, champion[1], compiled, texts[::every])


emoticons = st.text("ab:;=x'o^-)(]dp[/|\\<3_t!?.@# &amp;0", max_size=40)


@settings(max_examples=8)
@given(st.lists(st.text(max_size=60) | emoticons, min_size=200, max_size=400))
def test_any_text_is_scored_as_by_the_pipeline(
    spark: SparkSession, champion: Champion, compiled: CompiledPipeline, texts: list[str]
) -> None:
    assert_same(spark, champion[1], compiled, texts)


def grams(tokeniser: Transformer, *orders: int) -> list[Transformer]:
    return [tokeniser, *(NGram(n=n, inputCol="words", outputCol=f"words_{n}") for n in orders)]


def spaces() -> Transformer:
    return Tokenizer(inputCol="text", outputCol="words")


def words() -> Transformer:
    return RegexTokenizer(inputCol="text", outputCol="words", pattern=r"\W+")


# Stages need a running session to be made.
PIPELINES: dict[str, Callable[[], Stages]] = {
    "words at spaces, counted, two vocabularies joined": lambda: [
        *grams(spaces(), 2),
        CountVectorizer(inputCol="words", outputCol="one"),
        CountVectorizer(inputCol="words_2", outputCol="two", vocabSize=50),
        VectorAssembler(inputCols=["one", "two"], outputCol="features"),
        LogisticRegression(maxIter=3),
    ],
    "hashed n-grams with collisions, weighted and selected": lambda: [
        *grams(words(), 2),
        HashingTF(inputCol="words", outputCol="one", numFeatures=97),
        HashingTF(inputCol="words_2", outputCol="two", numFeatures=64, binary=True),
        VectorAssembler(inputCols=["one", "two"], outputCol="both"),
        IDF(inputCol="both", outputCol="weighted"),
        ChiSqSelector(featuresCol="weighted", outputCol="features", numTopFeatures=40),
        NaiveBayes(),
    ],
    "a forest over counts, weighted for and against": lambda: [
        *grams(words(), 2),
        CountVectorizer(inputCol="words", outputCol="counts", vocabSize=40),
        HashingTF(inputCol="words_2", outputCol="hashed", numFeatures=64),
        VectorAssembler(inputCols=["counts", "hashed"], outputCol="both"),
        ElementwiseProduct(inputCol="both", outputCol="features", scalingVec=[*[-0.5, 2.0] * 20, *[1.5] * 64]),
        RandomForestClassifier(numTrees=5, maxDepth=6, seed=7),
    ],
    "multinomial regression": lambda: [
        words(),
        CountVectorizer(inputCol="words", outputCol="features", binary=True),
        LogisticRegression(maxIter=3, family="multinomial"),
    ],
}


@pytest.fixture(scope="module")
def labelled(spark: SparkSession) -> DataFrame:
    rows = [row for row in reading.labelled(FIXTURES / "tweets.csv") if isinstance(row, TweetRow)]
    polar = [(row.text, float(row.label == "positive"), 1.0) for row in rows if row.label != "neutral"]
    return spark.createDataFrame(polar, f"text string, label double, {WEIGHT} double").coalesce(1).cache()


@pytest.fixture(scope="module")
def texts(labelled: DataFrame) -> list[str]:
    return [*(row["text"] for row in labelled.collect()), *ODD]


@pytest.mark.parametrize("stages", PIPELINES.values(), ids=PIPELINES.keys())
def test_each_kind_of_stage_is_repeated_exactly(
    spark: SparkSession, labelled: DataFrame, texts: list[str], tmp_path: Path, stages: Callable[[], Stages]
) -> None:
    pipeline = Pipeline(stages=list(stages())).fit(labelled)
    pipeline.save(str(tmp_path / "saved"))
    understood.read(tmp_path / "saved")
    assert_same(spark, pipeline, CompiledPipeline.from_saved(tmp_path / "saved"), texts)


def small(cell: Cell) -> Cell:
    """The same kinds of stages, as fast as they can be fitted."""
    classifier = replace(cell.classifier, iterations=1, depth=3, trees=3)
    features = cell.features
    if isinstance(features, FeatureSet):
        fewer = tuple(40 - step for step, _ in enumerate(features.selected))
        characters = (2, 3) if features.characters else None
        features = replace(features, longest=2, min_documents=1, vocabulary=64)
        features = replace(features, selected=fewer, characters=characters)
    return Cell(features, classifier)


OF_ALL_KINDS = Cell(FeatureSet(2, "hashing", "ratio", 64, characters=(2, 3), selected=(40, 20)), BAYES)
"""What the grid's feature sets have one by one, together."""


def kinds(cell: Cell) -> set[str]:
    """Of stages: those that turn texts into vectors, and the classifier."""
    features, classifier = cell.features, f"{cell.classifier.kind}, balanced {cell.classifier.balanced}"
    if not isinstance(features, FeatureSet):
        return {features.name, classifier}
    steps = f"{len(features.selected)} selections"
    return {features.vectoriser, features.weighting, f"characters {features.characters}", steps, classifier}


def covering(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Of many cells some that have every kind of stage between them; those that add several come first."""
    seen: set[str] = set()
    for least in (2, 1):
        for cell in cells:
            if len(kinds(cell) - seen) >= least:
                seen |= kinds(cell)
                yield cell


def fitted(cell: Cell, rows: DataFrame) -> PipelineModel:
    """As the grid trains it: what the columns say of themselves does not reach the classifier."""
    made = [stage for level in cell.features.levels for stage in level.stages()]
    features = Pipeline(stages=made).fit(rows)
    bare = F.col(cell.features.column).alias(cell.features.column, metadata={})
    vectors = features.transform(rows).select("label", WEIGHT, bare)
    classifier = cell.classifier.estimator(cell.features.column, 7).fit(vectors)
    return PipelineModel(stages=[*features.stages, classifier])


def test_each_kind_of_stage_that_the_grid_writes_is_understood_and_repeated_exactly(
    spark: SparkSession, labelled: DataFrame, texts: list[str], tmp_path: Path
) -> None:
    of_spark = (cell for grid in GRIDS.values() for cell in grid() if isinstance(cell, Cell))
    cells = list(covering([OF_ALL_KINDS, *map(small, of_spark)]))
    for number, cell in enumerate(cells):
        folder, pipeline = tmp_path / str(number), fitted(cell, labelled)
        pipeline.save(str(folder))
        compiled = CompiledPipeline.from_stages(understood.read(folder).stages)
        assert_same(spark, pipeline, compiled, texts)
    assert {cell.classifier.kind for cell in cells} == set(get_args(Kind))


def test_lower_case_is_javas_for_every_character(spark: SparkSession) -> None:
    points = [point for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF and chr(point) not in CONTEXT]
    # A row each would be a million; here x stands around each character.
    texts = [f"x{'x'.join(map(chr, points[at : at + 256]))}x" for at in range(0, len(points), 256)]
    rows = spark.createDataFrame(pa.table({"text": pa.array(texts)})).coalesce(1)
    words = (
        Tokenizer(inputCol="text", outputCol="words").transform(rows).select(F.array_join("words", " ").alias("low"))
    )
    ours = {point: chr(lower) for point, lower in dict(LOWER.table).items() if lower}
    expected = [text.translate(ours).translate(dict.fromkeys(map(ord, "\t\n\v\f\r"), " ")) for text in texts]
    assert words.toArrow()["low"].to_pylist() == expected


WITHOUT_SPARK = """
import sys
sys.modules["pyspark"] = None
from sentistream.scoring import registry, scorer
from sentistream.settings import RegistrySettings
settings = RegistrySettings.from_options(mlflow_tracking_uri=sys.argv[1], model_cache=sys.argv[2])
print(scorer.load(settings, registry.resolve(settings)).score(["good"])[0, 1])
"""


@pytest.fixture(scope="module")
def scorer(champion: Champion, registry_settings: TrainerSettings) -> Scorer:
    return load(registry_settings, champion[0])


def test_a_registered_version_is_had_and_scores_where_spark_is_not_installed(
    scorer: Scorer, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WITHOUT_SPARK, registry_settings.mlflow_tracking_uri, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == scorer.score(["good"])[0, 1]


def test_a_null_is_scored_as_an_empty_text_and_every_form_of_arrow_is_taken(
    scorer: Scorer,
) -> None:
    whole = pa.array(["good", None, "", "bad"])
    expected = scorer.score(["good", "", "", "bad"]).tolist()
    for texts in (whole, whole.cast(pa.large_string()), pa.chunked_array([whole.slice(0, 1), whole.slice(1)])):
        assert scorer.score(texts).tolist() == expected
    assert scorer.score(whole.slice(3)).tolist() == expected[3:]
    for nothing in ([], pa.chunked_array([], pa.string())):
        assert scorer.score(nothing).shape == (0, 2)
