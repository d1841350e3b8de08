"""Holds a saved pipeline, read as data, against the list before anybody runs it: stages, parameters, expressions, numbers, sizes.

A stage is understood where its class and every parameter is on the list (`forms`), its data is what that class writes, finite and within bounds,
and its columns are made by stages before it, with as many features as it takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from sentistream.scoring.mllib import expression, parquet, saved, text, vectors
from sentistream.scoring.mllib.errors import CannotCompileError, NotUnderstoodError
from sentistream.scoring.mllib.expression import Call, Column, Expression
from sentistream.scoring.mllib.forms import FORMS
from sentistream.scoring.mllib.regex.growth import growth
from sentistream.scoring.mllib.regex.program import Program, compile_pattern
from sentistream.scoring.mllib.saved import Stage
from sentistream.scoring.mllib.trees import soundness
from sentistream.scoring.mllib.vectors import MOST_CLASSES, MOST_FEATURES, matrix, require_finite, vector

MOST_GROWTH = 1_000
"""Times that all replacements together may lengthen a text, if each match were the shortest; the trainer's cleaning comes to 567."""
SHOWN = 80
"""Characters of what is refused that are quoted."""


@dataclass
class Columns:
    """What the columns hold so far."""

    texts: dict[str, tuple[text.Operation, ...]] = field(default_factory=lambda: {"text": ()})
    tokens: set[str] = field(default_factory=set)
    widths: dict[str, int] = field(default_factory=dict)
    """Vectors, by their number of entries."""
    probabilities: dict[str, int] = field(default_factory=dict)
    programs: list[tuple[str, Program]] = field(default_factory=list)
    """Every pattern, with the place of its stage."""

    def require_new(self, name: str) -> None:
        """Have a stage add a column, not write over one."""
        if name in self.texts or name in self.tokens or name in self.widths:
            raise NotUnderstoodError(f"it writes over the column {name}")


@dataclass(frozen=True)
class Understood:
    """A pipeline that may be run."""

    stages: Sequence[Stage]
    programs: Sequence[tuple[str, Program]]
    """Every pattern that its stages look for, with the place of its stage."""


def read(pipeline: Path) -> Understood:
    """Read a saved pipeline and hold it against the list.

    Raises:
        NotUnderstoodError: it holds something that isn't on it; names the stage, and the field or the expression.
    """
    stages, columns = saved.stages(pipeline), Columns()
    for stage in stages:
        try:
            _require_listed(stage)
            _add(stage, columns)
        except KeyError as missing:
            raise NotUnderstoodError(f"{stage.place} needs {missing}, which nothing before it makes") from missing
        except (CannotCompileError, ArithmeticError, OSError, TypeError, ValueError, RecursionError) as wrong:
            raise NotUnderstoodError(f"{stage.place}: {wrong}") from wrong
    if "probability" not in columns.probabilities:
        raise NotUnderstoodError("no stage makes a probability")
    return Understood(stages, columns.programs)


def _require_listed(stage: Stage) -> None:
    form = FORMS.get(stage.name)
    if form is None:
        raise NotUnderstoodError(f"the class {stage.name[:SHOWN]} is not on the list of those that may be run")
    for name, value in stage.parameters.items():
        if name not in form.parameters:
            raise NotUnderstoodError(f"it has no parameter {name[:SHOWN]} that may be set")
        if not form.parameters[name](value):
            raise NotUnderstoodError(f"its parameter {name} is {str(value)[:SHOWN]!r}, which is not taken")
    for name in (*stage.more, *form.more):
        if name not in form.more or not form.more[name](stage.more.get(name)):
            raise NotUnderstoodError(f"its {name[:SHOWN]} is {str(stage.more.get(name))[:SHOWN]!r}, which is not taken")
    saved.require_only(stage, form.folders)
    if form.data:
        found = parquet.schema_of(saved.part(stage.folder / "data", ".parquet"))
        if found != form.data:
            other = next(iter(dict(found.items() ^ form.data.items())))
            raise NotUnderstoodError(f"its data has other columns than its class writes, among them {other[:SHOWN]}")


def _add(stage: Stage, columns: Columns) -> None:
    given = stage.parameters
    match stage.kind:
        case "SQLTransformer":
            _add_expression(stage, columns)
        case "Tokenizer" | "RegexTokenizer":
            columns.texts[given["inputCol"]]
            _made(columns.tokens.add, given["outputCol"], columns)
            if stage.kind == "RegexTokenizer":
                columns.programs.append((stage.place, compile_pattern(given["pattern"])))
        case "NGram":
            _require_tokens(given["inputCol"], columns)
            _made(columns.tokens.add, given["outputCol"], columns)
        case "CountVectorizerModel" | "HashingTF":
            _require_tokens(given["inputCol"], columns)
            _add_vector(given["outputCol"], _counted(stage), columns)
        case "VectorAssembler":
            _add_vector(given["outputCol"], sum(columns.widths[name] for name in given["inputCols"]), columns)
        case "IDFModel" | "ElementwiseProduct":
            _add_scaled(stage, columns)
        case "ChiSqSelectorModel" | "UnivariateFeatureSelectorModel":
            chosen = vectors.indices(stage.data["selectedFeatures"], "selectedFeatures")
            if not len(chosen) or chosen[-1] >= columns.widths[given["featuresCol"]]:
                raise NotUnderstoodError("selectedFeatures names none, or one that its features don't have")
            _add_vector(given["outputCol"], len(chosen), columns)
        case _:
            _add_prediction(stage, columns)


def _made(add: Callable[[str], None], name: str, columns: Columns) -> None:
    columns.require_new(name)
    add(name)


def _add_vector(name: str, width: int, columns: Columns) -> None:
    columns.require_new(name)
    if not 0 < width <= MOST_FEATURES:
        raise NotUnderstoodError(f"it makes {width:,} features, {MOST_FEATURES:,} are taken")
    columns.widths[name] = width


def _require_tokens(name: str, columns: Columns) -> None:
    if name not in columns.tokens:
        raise KeyError(name)


def _add_expression(stage: Stage, columns: Columns) -> None:
    statement = stage.parameters["statement"]
    if "${" in statement:
        # Spark puts in settings and variables of the environment before it reads the statement.
        raise NotUnderstoodError("its statement holds ${, by which Spark reads its own settings and the environment")
    try:
        _add_column(stage, *expression.parse(statement), columns)
    except (CannotCompileError, RecursionError) as wrong:
        raise NotUnderstoodError(f"{wrong}, in {statement[:SHOWN]}") from wrong


def _add_column(stage: Stage, name: str, written: Expression, columns: Columns) -> None:
    columns.require_new(name)
    if isinstance(written, Call) and written.function == "concat":
        for each in written.arguments:
            if not isinstance(each, Column) or each.name not in columns.tokens:
                raise NotUnderstoodError(f"the concatenation {name[:SHOWN]} is not one of columns of n-grams")
        columns.tokens.add(name)
        return
    made = text.operations(written, columns.texts)
    longer = prod(growth(each.program) for each in made if isinstance(each, text.Replace))
    if longer > MOST_GROWTH:
        raise NotUnderstoodError(
            f"its replacements may make a text {float(longer):.0f} times as long, {MOST_GROWTH} are taken"
        )
    columns.texts[name] = made
    columns.programs += [(stage.place, each.program) for each in made if isinstance(each, text.Replace)]


def _counted(stage: Stage) -> int:
    return len(stage.vocabulary) if stage.kind == "CountVectorizerModel" else int(stage.parameters["numFeatures"])


def _add_scaled(stage: Stage, columns: Columns) -> None:
    name = "idf" if stage.kind == "IDFModel" else "scalingVec"
    by = vector(stage.data["idf"] if name == "idf" else stage.parameters["scalingVec"], name)
    _require_width(stage, "inputCol", len(by), columns)
    _add_vector(stage.parameters["outputCol"], len(by), columns)


def _require_width(stage: Stage, given: str, width: int, columns: Columns) -> None:
    name = stage.parameters[given]
    if columns.widths[name] != width:
        raise NotUnderstoodError(f"it takes {width:,} features, {name} has {columns.widths[name]:,}")


def _add_prediction(stage: Stage, columns: Columns) -> None:
    classes, width = SHAPES[stage.kind](stage)
    _require_width(stage, "featuresCol", width, columns)
    if not 2 <= classes <= MOST_CLASSES:
        raise NotUnderstoodError(f"it has {classes} classes")
    given = stage.parameters
    # Spark writes over a column of that name without a word.
    columns.require_new(given["predictionCol"])
    _add_vector(given["rawPredictionCol"], classes, columns)
    if "probabilityCol" in given:
        _add_vector(given["probabilityCol"], classes, columns)
        columns.probabilities[given["probabilityCol"]] = classes


def _logistic(stage: Stage) -> tuple[int, int]:
    data = stage.data
    coefficients = matrix(data["coefficientMatrix"], "coefficientMatrix")
    intercepts = vector(data["interceptVector"], "interceptVector")
    classes = int(data["numClasses"])
    rows = classes if data["isMultinomial"] else 1
    if coefficients.shape != (rows, data["numFeatures"]) or len(intercepts) != rows or (rows == 1 and classes != 2):
        raise NotUnderstoodError(
            f"its coefficients are not those of {classes} classes and {data['numFeatures']} features"
        )
    return classes, coefficients.shape[1]


def _machine(stage: Stage) -> tuple[int, int]:
    require_finite(stage.data["intercept"], "intercept")
    return 2, len(vector(stage.data["coefficients"], "coefficients"))


def _bayes(stage: Stage) -> tuple[int, int]:
    pi, theta = vector(stage.data["pi"], "pi"), matrix(stage.data["theta"], "theta")
    if len(theta) != len(pi):
        raise NotUnderstoodError(f"theta has {len(theta)} rows for {len(pi)} classes")
    return theta.shape


def _tree(stage: Stage) -> tuple[int, int]:
    soundness.require_tree(stage)
    return stage.more["numClasses"], stage.more["numFeatures"]


def _forest(stage: Stage) -> tuple[int, int]:
    soundness.require_forest(stage)
    return stage.more["numClasses"], stage.more["numFeatures"]


SHAPES: dict[str, Callable[[Stage], tuple[int, Any]]] = {
    "LogisticRegressionModel": _logistic,
    "LinearSVCModel": _machine,
    "NaiveBayesModel": _bayes,
    "DecisionTreeClassificationModel": _tree,
    "RandomForestClassificationModel": _forest,
}
"""Kind of classifier → the classes and features of one, whose numbers are looked at."""
