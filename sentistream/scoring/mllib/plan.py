"""Walks the stages of a saved pipeline once, from the column `text` to the column `probability`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sentistream.scoring.mllib import expression, text
from sentistream.scoring.mllib.errors import CannotCompileError
from sentistream.scoring.mllib.expression import Call, Column
from sentistream.scoring.mllib.forms import DECISION_TREE, FOREST_OF_TREES
from sentistream.scoring.mllib.linear import Affine, Features, Link, classify
from sentistream.scoring.mllib.ngrams import Grams, Vectoriser
from sentistream.scoring.mllib.saved import Stage
from sentistream.scoring.mllib.trees import planned
from sentistream.scoring.mllib.trees.walk import Trees
from sentistream.scoring.mllib.vectors import vector


@dataclass(frozen=True)
class Plan:
    """A pipeline, understood."""

    tokenisers: dict[str, text.Tokeniser]
    """By the column of tokens that n-grams are made from."""
    vectorisers: tuple[Vectoriser, ...]
    margins: Affine
    ending: Link | Trees
    """What makes probabilities of the margins."""


@dataclass
class _Columns:
    """What each column holds so far."""

    texts: dict[str, tuple[text.Operation, ...]] = field(default_factory=lambda: {"text": ()})
    tokenisers: dict[str, text.Tokeniser] = field(default_factory=dict)
    grams: dict[str, Grams] = field(default_factory=dict)
    vectors: dict[str, Features | Affine] = field(default_factory=dict)
    probabilities: dict[str, tuple[Affine, Link | Trees]] = field(default_factory=dict)
    vectorisers: list[Vectoriser] = field(default_factory=list)


def of(stages: Iterable[Stage]) -> Plan:
    """Walk the stages of a saved pipeline.

    Raises:
        CannotCompileError: names the first stage that the scorer would not repeat exactly.
    """
    columns = _Columns()
    for stage in stages:
        try:
            _add(stage, columns)
        except KeyError as missing:
            raise CannotCompileError(f"{stage.kind} needs {missing}, which nothing before it makes") from missing
    if "probability" not in columns.probabilities:
        raise CannotCompileError("no stage makes a probability")
    margins, ending = columns.probabilities["probability"]
    used = dict.fromkeys(each.grams.tokens for each in columns.vectorisers)
    tokenisers = {tokens: columns.tokenisers[tokens] for tokens in used}
    return Plan(tokenisers, tuple(columns.vectorisers), margins, ending)


def _add(stage: Stage, columns: _Columns) -> None:
    given = stage.parameters
    output = given.get("outputCol", "")
    match stage.kind:
        case "SQLTransformer":
            _add_expression(given["statement"], columns)
        case "Tokenizer" | "RegexTokenizer":
            columns.tokenisers[output] = text.tokeniser(stage, columns.texts[given["inputCol"]])
            columns.grams[output] = Grams(output, (1,))
        case "NGram":
            base = columns.grams[given["inputCol"]]
            if base.orders != (1,):
                raise CannotCompileError("n-grams of n-grams are not taken")
            columns.grams[output] = Grams(base.tokens, (given["n"],))
        case "CountVectorizerModel" | "HashingTF":
            columns.vectors[output] = _vectorised(stage, columns)
        case "IDFModel":
            columns.vectors[output] = _features(given["inputCol"], columns).scaled(vector(stage.data["idf"]))
        case "ElementwiseProduct":
            columns.vectors[output] = _features(given["inputCol"], columns).scaled(vector(given["scalingVec"]))
        case "ChiSqSelectorModel" | "UnivariateFeatureSelectorModel":
            columns.vectors[output] = _features(given["featuresCol"], columns).selected(stage.data["selectedFeatures"])
        case "VectorAssembler":
            columns.vectors[output] = Features.joined([_features(name, columns) for name in given["inputCols"]])
        case _:
            _add_classified(stage, columns)


def _add_expression(statement: str, columns: _Columns) -> None:
    name, written = expression.parse(statement)
    if isinstance(written, Call) and written.function == "concat":
        parts = [columns.grams[each.name] for each in written.arguments if isinstance(each, Column)]
        orders = tuple(n for part in parts for n in part.orders)
        if (
            len(parts) != len(written.arguments)
            or len({part.tokens for part in parts}) != 1
            or len(set(orders)) != len(orders)
        ):
            raise CannotCompileError(f"the concatenation {name} is not one of n-grams of different lengths")
        columns.grams[name] = Grams(parts[0].tokens, orders)
    else:
        columns.texts[name] = text.operations(written, columns.texts)


def _vectorised(stage: Stage, columns: _Columns) -> Features:
    given, grams = stage.parameters, columns.grams[stage.parameters["inputCol"]]
    number = len(columns.vectorisers)
    if stage.kind == "HashingTF":
        if int(stage.spark_version.split(".")[0]) < 3:
            raise CannotCompileError("HashingTF of Spark 2 hashes in another way")
        made = Vectoriser(grams, given["numFeatures"], given["binary"], None)
    else:
        if given["minTF"] != 1.0:
            raise CannotCompileError("CountVectorizer's minTF is not taken")
        terms = stage.vocabulary
        made = Vectoriser(grams, len(terms), given["binary"], terms)
    columns.vectorisers.append(made)
    return Features.counts(number, made.size)


def _features(name: str, columns: _Columns) -> Features:
    features = columns.vectors[name]
    if not isinstance(features, Features):
        raise CannotCompileError(f"{name} is a prediction, not counts")
    return features


def _add_classified(stage: Stage, columns: _Columns) -> None:
    given = stage.parameters
    if "featuresCol" not in given:
        raise CannotCompileError(f"{stage.kind} is not taken")
    if stage.name in (DECISION_TREE, FOREST_OF_TREES):
        counts = _features(given["featuresCol"], columns)
        columns.probabilities[given["probabilityCol"]] = planned.planned(stage, counts, columns.vectorisers)
        return
    made = classify(stage, columns.vectors[given["featuresCol"]])
    columns.vectors[given["rawPredictionCol"]] = made.raw
    if "probabilityCol" in given and made.link is not None:
        columns.probabilities[given["probabilityCol"]] = made.margins, made.link
