"""The compiled scorer against MLlib's own transform."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    DecisionTreeClassifier,
    LinearSVC,
    LogisticRegression,
    NaiveBayes,
)
from pyspark.ml.feature import (
    IDF,
    ChiSqSelector,
    CountVectorizer,
    HashingTF,
    NGram,
    RegexTokenizer,
    StopWordsRemover,
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
from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline, understood
from sentistream.scoring.mllib.regex.ambiguity import has_few_ways
from sentistream.scoring.mllib.text import CONTEXT, LOWER
from sentistream.scoring.scorer import load
from tests.support.places import FIXTURES, ROOT
from trainer.features.feature_sets import FeatureSet
from trainer.grid.cells import BAYES, GRIDS, MACHINE, PUBLISHED, REGRESSION, Cell
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
    "🚀🚀 @a http://x",
    "  two  spaces ",
    "\tTab\n",
    "ﬀ Ǆ ẞ",
    "don't cannot can't",
]


def stock(pipeline: PipelineModel, rows: DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    scored = pipeline.transform(rows).select(vector_to_array(F.col("probability")).alias("p")).toArrow()["p"]
    return scored.combine_chunks().flatten().to_numpy().reshape(len(scored), -1)


def assert_same(spark: SparkSession, pipeline: PipelineModel, compiled: CompiledPipeline, texts: list[str]) -> None:
    rows = spark.createDataFrame(pa.table({"text": pa.array(texts, pa.string())})).coalesce(1)
    expected, found = stock(pipeline, rows), compiled.score(pa.array(texts, pa.large_string()))
    assert found.shape == expected.shape
    worst = np.abs(found - expected) - TOLERANCE * expected
    assert worst.max(initial=0) <= ROUNDING, texts[int(worst.max(axis=1).argmax())]
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


@pytest.fixture(scope="session")
def compiled(champion: Champion, registry_settings: TrainerSettings) -> CompiledPipeline:
    return CompiledPipeline.from_saved(artefact.fetch(registry_settings, champion[0]).folder)


def test_every_real_tweet_is_scored_as_by_the_pipeline(
    spark: SparkSession, champion: Champion, compiled: CompiledPipeline, shared_data: Path
) -> None:
    texts = [line for file in sorted(shared_data.glob("umsab/*/*")) for line in file.read_text("utf-8").split("\n")]
    for name in ("sentiment140/unique_text.csv", "sentiment140/random_sample.csv", "semeval2017/test_2017.tsv"):
        rows = reading.labelled(shared_data / name)
        texts += [row.text for row in rows if isinstance(row, TweetRow)]
    assert len(texts) > 140_000
    assert_same(spark, champion[1], compiled, texts)


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


def hashed() -> Transformer:
    return HashingTF(inputCol="words", outputCol="features", numFeatures=16)


def stages_of(cell: Cell) -> Stages:
    return [
        *(stage for level in cell.features.levels for stage in level.stages()),
        cell.classifier.estimator(cell.features.column, 7),
    ]


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
    "multinomial regression": lambda: [
        words(),
        CountVectorizer(inputCol="words", outputCol="features", binary=True),
        LogisticRegression(maxIter=3, family="multinomial"),
    ],
    **{
        cell.name: lambda cell=cell: stages_of(cell)  # type: ignore[misc]  # mypy can't type the default
        for cell in (
            Cell(FeatureSet(3), MACHINE),
            Cell(FeatureSet(2, weighting="ratio", characters=(2, 4), min_documents=1), REGRESSION),
            Cell(FeatureSet(2, weighting="none"), REGRESSION),
            Cell(FeatureSet(2, "hashing", vocabulary=64, selected=(40, 20)), BAYES),
            PUBLISHED,
        )
    },
}


@pytest.fixture(scope="session")
def labelled(spark: SparkSession) -> DataFrame:
    rows = [row for row in reading.labelled(FIXTURES / "tweets.csv") if isinstance(row, TweetRow)]
    polar = [(row.text, 1.0 if row.label == "positive" else 0.0) for row in rows if row.label != "neutral"]
    return spark.createDataFrame(polar, "text string, label double").coalesce(1).cache()


@pytest.mark.parametrize("stages", PIPELINES.values(), ids=PIPELINES.keys())
def test_each_kind_of_stage_is_repeated_exactly(
    spark: SparkSession, labelled: DataFrame, tmp_path: Path, stages: Callable[[], Stages]
) -> None:
    pipeline = Pipeline(stages=list(stages())).fit(labelled)
    pipeline.save(str(tmp_path / "saved"))
    understood.read(tmp_path / "saved")
    texts = [row["text"] for row in labelled.collect()] + ODD
    assert_same(spark, pipeline, CompiledPipeline.from_saved(tmp_path / "saved"), texts)


def small(cell: Cell) -> Cell:
    """The same kinds of stages, as fast as they can be fitted."""
    classifier = replace(cell.classifier, iterations=1, depth=1, trees=2)
    features = cell.features
    if isinstance(features, FeatureSet):
        fewer = tuple(40 - step for step, _ in enumerate(features.selected))
        characters = (2, 2) if features.characters else None
        features = replace(features, longest=2, min_documents=1, vocabulary=64)
        features = replace(features, selected=fewer, characters=characters)
    return Cell(features, classifier)


def covering(cells: Iterable[Cell]) -> Iterator[Cell]:
    """Of many cells some that have every kind of features and of classifier between them."""
    seen: set[str] = set()
    for cell in cells:
        kinds = {cell.features.name, f"{cell.classifier.kind}, {cell.classifier.balanced}"}
        if not kinds <= seen:
            seen |= kinds
            yield cell


def fitted(cell: Cell, rows: DataFrame) -> PipelineModel:
    """As the grid trains it: what the columns say of themselves does not reach the classifier."""
    made = [stage for level in cell.features.levels for stage in level.stages()]
    features = Pipeline(stages=made).fit(rows)
    bare = F.col(cell.features.column).alias(cell.features.column, metadata={})
    vectors = features.transform(rows).select("label", WEIGHT, bare)
    classifier = cell.classifier.estimator(cell.features.column, 7).fit(vectors)
    return PipelineModel(stages=[*features.stages, classifier])


def test_all_that_the_grid_writes_is_understood(spark: SparkSession, labelled: DataFrame, tmp_path: Path) -> None:
    weighted = labelled.withColumn(WEIGHT, F.lit(1.0)).cache()
    cells = list(covering(map(small, (cell for grid in GRIDS.values() for cell in grid()))))
    for number, cell in enumerate(cells):
        folder = tmp_path / str(number)
        fitted(cell, weighted).save(str(folder))
        known = understood.read(folder)
        try:
            CompiledPipeline.from_stages(known.stages)
        except CannotCompileError:
            # Then Spark has to look for its patterns.
            assert all(has_few_ways(program) for _, program in known.programs), cell.name
            assert cell.classifier.kind in ("decision-tree", "random-forest")
    assert len({cell.classifier.kind for cell in cells}) == len(get_args(Kind))


NOT_COMPILED: dict[str, Callable[[], Stages]] = {
    "StopWordsRemover": lambda: [
        Tokenizer(inputCol="text", outputCol="all"),
        StopWordsRemover(inputCol="all", outputCol="words"),
        hashed(),
        LogisticRegression(maxIter=3),
    ],
    "DecisionTree": lambda: [spaces(), hashed(), DecisionTreeClassifier(maxDepth=1)],
    "probability": lambda: [spaces(), hashed(), LinearSVC(maxIter=1)],
}


@pytest.mark.parametrize(("named", "stages"), NOT_COMPILED.items(), ids=NOT_COMPILED.keys())
def test_what_can_not_be_repeated_is_named(
    spark: SparkSession, labelled: DataFrame, tmp_path: Path, named: str, stages: Callable[[], Stages]
) -> None:
    Pipeline(stages=list(stages())).fit(labelled).save(str(tmp_path / "saved"))
    with pytest.raises(CannotCompileError, match=named):
        CompiledPipeline.from_saved(tmp_path / "saved")


def test_lower_case_is_javas_for_every_character(spark: SparkSession) -> None:
    points = [point for point in range(0x110000) if not 0xD800 <= point <= 0xDFFF and chr(point) not in CONTEXT]
    rows = spark.createDataFrame(pa.table({"text": pa.array([f"x{chr(point)}x" for point in points])}))
    words = (
        Tokenizer(inputCol="text", outputCol="words").transform(rows).select(F.array_join("words", " ").alias("low"))
    )
    ours = dict(LOWER.table)
    expected = [f"x{chr(ours.get(point) or point)}x" for point in points]
    found = words.toArrow()["low"].to_pylist()
    spaces = dict.fromkeys(map(ord, "\t\n\v\f\r"), " ")
    wrong = [f"U+{p:04X}" for p, a, b in zip(points, expected, found, strict=True) if a.translate(spaces) != b]
    assert wrong == []


WITHOUT_SPARK = """
import sys
sys.modules["pyspark"] = None
from sentistream.scoring import registry, scorer
from sentistream.settings import RegistrySettings
settings = RegistrySettings.from_options(mlflow_tracking_uri=sys.argv[1], model_cache=sys.argv[2])
print(scorer.load(settings, registry.resolve(settings)).score(["good"])[0, 1])
"""


def test_a_registered_version_scores_where_spark_is_not_installed(
    champion: Champion, registry_settings: TrainerSettings, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", WITHOUT_SPARK, registry_settings.mlflow_tracking_uri, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == load(registry_settings, champion[0]).score(["good"])[0, 1]


def test_a_null_is_scored_as_an_empty_text_and_every_form_of_arrow_is_taken(
    champion: Champion, registry_settings: TrainerSettings
) -> None:
    scorer, whole = load(registry_settings, champion[0]), pa.array(["good", None, "", "bad"])
    expected = scorer.score(["good", "", "", "bad"]).tolist()
    for texts in (whole, whole.cast(pa.large_string()), pa.chunked_array([whole.slice(0, 1), whole.slice(1)])):
        assert scorer.score(texts).tolist() == expected
    assert scorer.score(whole.slice(3)).tolist() == expected[3:]
    for nothing in ([], pa.chunked_array([], pa.string())):
        assert scorer.score(nothing).shape == (0, 2)
