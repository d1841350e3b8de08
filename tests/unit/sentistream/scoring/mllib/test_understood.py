"""Only what is understood is run: everything else is refused by stage, and by field or expression, before anything of it runs."""

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentistream.scoring.mllib import CannotCompileError, CompiledPipeline, NotUnderstoodError, understood
from tests.support import saved_pipelines as saved
from tests.support.saved_pipelines import SavedStage

STAGES = {
    "regression": saved.linear(),
    "machine": saved.ending_in(saved.machine(), saved.calibration()),
    "bayes": saved.ending_in(saved.bayes()),
    "tree": saved.ending_in(saved.tree()),
    "forest": saved.ending_in(saved.forest()),
}


def refusal(folder: Path) -> str:
    with pytest.raises(NotUnderstoodError) as refused:
        understood.read(folder)
    return str(refused.value)


def reason(tmp_path: Path, stages: Sequence[SavedStage]) -> str:
    return refusal(saved.write(tmp_path / "saved", stages))


@pytest.mark.parametrize("stages", STAGES.values(), ids=STAGES.keys())
def test_each_kind_of_classifier_is_understood(tmp_path: Path, stages: Sequence[SavedStage]) -> None:
    known = understood.read(saved.write(tmp_path / "saved", stages))
    assert [stage.kind for stage in known.stages] == [stage.kind for stage in stages]


def test_what_is_understood_is_compiled_where_it_is_linear(tmp_path: Path) -> None:
    known = understood.read(saved.write(tmp_path / "saved", saved.linear()))
    scored = CompiledPipeline.from_stages(known.stages).score(pa.array(["i love it", "i hate it"], pa.large_string()))
    assert scored[0, 1] == pytest.approx(1 / (1 + np.exp(-3)))
    assert scored[1, 1] == pytest.approx(1 / (1 + np.exp(3)))


STOPPED = SavedStage(f"{saved.FEATURE}.StopWordsRemover", {"inputCol": "clean", "outputCol": "words"})
NOT_COMPILED = {
    "StopWordsRemover": saved.linear(tokens=STOPPED),
    "least length": saved.linear(tokens=saved.tokens().having(minTokenLength=2)),
    "probability": saved.ending_in(saved.machine()),
}


@pytest.mark.parametrize(("named", "stages"), NOT_COMPILED.items(), ids=NOT_COMPILED.keys())
def test_what_can_not_be_repeated_is_named(tmp_path: Path, named: str, stages: Sequence[SavedStage]) -> None:
    with pytest.raises(CannotCompileError, match=named):
        CompiledPipeline.from_saved(saved.write(tmp_path / "saved", stages))


DOUBLED = "`text`"
for _ in range(12):
    DOUBLED = f"replace({DOUBLED}, 'a', 'aa')"
EXPRESSIONS = {
    DOUBLED: "may make a text 4096 times as long",
    "java_method('java.lang.System', 'load', '/tmp/native.so')": "the function java_method is not taken",
    "reflect('java.lang.System', 'getenv', 'X_BEARER_TOKEN')": "the function reflect is not taken",
    "java_method('java.lang.System', 'exit', 0)": "the expression at ' 0)' is not taken",
    "raise_error(getenv('X_BEARER_TOKEN'))": "the function raise_error is not taken",
    "concat(java_method('java.lang.System', 'getenv', 'HOME'))": "is not one of columns of n-grams",
    "replace(java_method('java.lang.System', 'getenv', 'HOME'), 'a', 'b')": "the function java_method is not taken",
    "replace(`text`, 'a', '${env:X_BEARER_TOKEN}')": "its statement holds ${",
    "replace(current_user, 'a', 'b')": "the column current_user is no text",
    "(SELECT value FROM text.`file:///etc/passwd`)": "the expression at '.`file:///etc/passwd`",
    "regexp_replace(`text`, '(a+)+$', 'b')": "the pattern '(a+)+$' at",
    "replace(`text`, 'a', 'b') AS x, replace(`text`, 'a', 'b')": "the statement adds more than one column",
}


@pytest.mark.parametrize(("expression", "told"), EXPRESSIONS.items(), ids=[*EXPRESSIONS])
def test_an_expression_outside_of_the_grammar_is_refused(tmp_path: Path, expression: str, told: str) -> None:
    said = reason(tmp_path, saved.linear(cleaned=saved.cleaned(expression)))
    assert said.startswith("stage 0 (SQLTransformer): ")
    assert "${" in said or f", in SELECT *, {expression}"[:60] in said
    assert told in said


def test_a_statement_that_is_none_of_a_column_is_refused(tmp_path: Path) -> None:
    whole = SavedStage(f"{saved.FEATURE}.SQLTransformer", {"statement": "SELECT * FROM text.`file:///etc/passwd`"})
    assert "adds something else than one column to all" in reason(tmp_path, saved.linear(cleaned=whole))


OTHERS = {
    "of Spark's that is not on the list": SavedStage(f"{saved.FEATURE}.StopWordsRemover", {}),
    "of a package like Spark's": SavedStage("org.apache.spark.mlevil.Tokenizer", {}),
    "of another package": SavedStage("com.example.Tokenizer", {}),
    "in Python": SavedStage("os.system", {}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_class_that_is_not_on_the_list_is_refused_by_its_whole_name(tmp_path: Path, other: SavedStage) -> None:
    assert f"the class {other.name} is not on the list" in reason(tmp_path, saved.linear(tokens=other))


PARAMETERS = {
    "unknown": (saved.tokens().having(cacheDir="/etc"), "it has no parameter cacheDir that may be set"),
    "of another type": (saved.tokens().having(gaps="no"), "its parameter gaps is 'no'"),
    "that names no column": (saved.tokens().having(outputCol="a.b"), "its parameter outputCol is 'a.b'"),
    "that writes over a column": (saved.tokens().having(outputCol="clean"), "it writes over the column clean"),
    "that reads what nothing makes": (
        saved.tokens().having(inputCol="id"),
        "needs 'id', which nothing before it makes",
    ),
    "whose pattern Java alone reads": (saved.tokens().having(pattern="a++"), "the pattern 'a++'"),
}


@pytest.mark.parametrize(("stage", "told"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_a_parameter_is_refused(tmp_path: Path, stage: SavedStage, told: str) -> None:
    said = reason(tmp_path, saved.linear(tokens=stage))
    assert said.startswith("stage 1 (RegexTokenizer)")
    assert told in said


def test_rows_are_not_left_out(tmp_path: Path) -> None:
    assembled = {"inputCols": ["counts"], "outputCol": "features", "handleInvalid": "skip"}
    stage = SavedStage(f"{saved.FEATURE}.VectorAssembler", assembled)
    assert "its parameter handleInvalid is 'skip'" in reason(tmp_path, saved.linear(weighted=stage))


NOT_FINITE = [float("nan"), float("inf"), float("-inf")]
SIX = [1.0, 2.0, 3.0, 4.0, 5.0]
Wrong = Callable[[float], SavedStage]
ARRAYS: dict[str, Wrong] = {
    "coefficientMatrix": lambda wrong: saved.regression([*SIX, wrong]),
    "interceptVector": lambda wrong: saved.regression(intercept=wrong),
    "idf": lambda wrong: saved.weighted([*SIX, wrong]),
    "coefficients": lambda wrong: saved.machine([*SIX, wrong]),
    "intercept": lambda wrong: saved.machine(intercept=wrong),
    "theta": lambda wrong: saved.bayes([*SIX, wrong]),
    "pi": lambda wrong: saved.bayes().holding("pi", saved.dense([-0.7, wrong])),
    "impurityStats": lambda wrong: saved.tree([saved.node(0, 1, 2), saved.node(1, stats=(1.0, wrong)), saved.node(2)]),
    "leftCategoriesOrThreshold": lambda wrong: saved.tree([split(wrong), *saved.NODES[1:]]),
    "prediction": lambda wrong: saved.tree([{**saved.NODES[0], "prediction": wrong}, *saved.NODES[1:]]),
    "gain": lambda wrong: saved.forest([saved.NODES, [{**saved.NODES[0], "gain": wrong}, *saved.NODES[1:]]]),
}
PLACES = {"idf": "weighted"}


def split(threshold: float) -> Any:
    made = saved.node(0, 1, 2)
    return {**made, "split": {**made["split"], "leftCategoriesOrThreshold": [threshold]}}


def with_classifier(stage: SavedStage) -> list[SavedStage]:
    if stage.kind == "IDFModel":
        return saved.linear(weighted=stage)
    return saved.ending_in(stage, saved.calibration()) if stage.kind == "LinearSVCModel" else saved.ending_in(stage)


@pytest.mark.parametrize("wrong", NOT_FINITE, ids=str)
@pytest.mark.parametrize("field", ARRAYS)
def test_what_is_not_finite_is_refused_by_stage_and_field(tmp_path: Path, field: str, wrong: float) -> None:
    stage = ARRAYS[field](wrong)
    said = reason(tmp_path, with_classifier(stage))
    assert f"({stage.kind}): {field} " in said


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_scaling_vector_that_is_not_finite_is_refused(tmp_path: Path, written: str) -> None:
    scaling = {"type": 1, "values": [*SIX, 6.0]}
    stage = SavedStage(f"{saved.FEATURE}.ElementwiseProduct", {"inputCol": "counts", "outputCol": "features"})
    folder = saved.write(tmp_path / "saved", saved.linear(weighted=stage.having(scalingVec=scaling)))
    understood.read(folder)
    [file] = folder.glob("stages/3_*/metadata/part-*")
    file.write_text(file.read_text().replace("6.0]", f"{written}]"))
    assert "Infinity" in refusal(folder) or "NaN" in refusal(folder) or "scalingVec is inf" in refusal(folder)


far = {"featureIndex": 6, "leftCategoriesOrThreshold": [0.5], "numCategories": -1}
chain = [
    saved.node(number, *((number + 1, number + 2) if number % 2 == 0 and number < 80 else ())) for number in range(81)
]
"""Each left child splits no more, each right one does."""
SIZES: dict[str, tuple[Sequence[SavedStage], str]] = {
    "a term twice": (saved.linear(counted=saved.counted([*saved.WORDS[:5], "good"])), "holds a term twice"),
    "no terms": (saved.linear(counted=saved.counted([])), "no terms"),
    "fewer weights than terms": (saved.linear(weighted=saved.weighted([1.0])), "takes 1 features, counts has 6"),
    "another number of coefficients": (saved.linear(regression=saved.regression([1.0])), "takes 1 features"),
    "a size beyond all bounds": (
        saved.linear(
            weighted=saved.weighted().holding("idf", {"type": 0, "size": 10**9, "indices": [0], "values": [1.0]})
        ),
        "idf says that it has 1000000000 entries",
    ),
    "entries outside of a vector": (
        saved.linear(weighted=saved.weighted().holding("idf", {"type": 0, "size": 6, "indices": [9], "values": [1.0]})),
        "idf has entries that",
    ),
    "a matrix that claims more": (
        saved.linear(
            regression=saved.regression().holding(
                "coefficientMatrix", {**saved.dense_matrix([SIX]), "numCols": 900_000}
            )
        ),
        "coefficientMatrix has 5 entries, not",
    ),
    "more buckets than are taken": (
        saved.linear(
            counted=SavedStage(
                f"{saved.FEATURE}.HashingTF", {"inputCol": "words", "outputCol": "counts", "numFeatures": 10**9}
            )
        ),
        "its parameter numFeatures is '1000000000'",
    ),
    "a forest of another number": (saved.ending_in(saved.forest(numTrees=3)), "does not name each of 3 trees once"),
    "more trees than are taken": (saved.ending_in(saved.forest(numTrees=10**6)), "its numTrees is '1000000'"),
    "a tree that is a circle": (
        saved.ending_in(saved.tree([saved.node(0, 1, 2), saved.node(1, 0, 2), saved.node(2)])),
        "its node 1 has the children 0 and 2",
    ),
    "leaves of nothing": (
        saved.ending_in(saved.tree([*saved.NODES[:2], saved.node(2, stats=(0.0, 0.0))])),
        "impurityStats holds what is no count",
    ),
    "a split on a feature that is none": (
        saved.ending_in(saved.tree([saved.node(0, 1, 2, split=far), *saved.NODES[1:]])),
        "a split is on a feature that is none of 6",
    ),
    "a tree that is too deep": (saved.ending_in(saved.tree(chain)), "it is 40 nodes deep, 30 are taken"),
}


@pytest.mark.parametrize(("stages", "told"), SIZES.values(), ids=SIZES.keys())
def test_sizes_are_held_against_bounds_and_each_other(tmp_path: Path, stages: Sequence[SavedStage], told: str) -> None:
    assert told in reason(tmp_path, stages)


def test_millions_of_equal_words_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """30 million of them, 1.8 MB on disk, took 4.5 GiB and 47 s in the process that compiled them."""
    words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(3_000_000, np.int32)), pa.array(["good"]))
    lists = pa.ListArray.from_arrays(pa.array([0, len(words)], pa.int32()), words)
    folder = saved.write(tmp_path / "saved", saved.linear())
    [file] = folder.glob("stages/2_*/data/part-*")
    pq.write_table(pa.table({"vocabulary": lists}), file, store_schema=False)
    before, started = pa.total_allocated_bytes(), time.process_time()
    assert "its data has 3,000,000 values in a column, 524,288 are taken" in refusal(folder)
    assert pa.total_allocated_bytes() - before < 1 << 20
    assert time.process_time() - started < 1


def test_repeated_terms_are_known_without_making_them(tmp_path: Path) -> None:
    folder = saved.write(tmp_path / "saved", saved.linear(counted=saved.counted(["good"] * 500_000)))
    assert "holds a term twice" in refusal(folder)


def stage_folder(folder: Path, number: int) -> Path:
    [found] = folder.glob(f"stages/{number}_*")
    return found


def second_part(folder: Path) -> None:
    (stage_folder(folder, 4) / "data" / "part-00001-1.snappy.parquet").write_bytes(b"")


def linked_part(folder: Path) -> None:
    [file] = stage_folder(folder, 4).glob("data/part-*")
    file.rename(folder.parent / "elsewhere.parquet")
    file.symlink_to(folder.parent / "elsewhere.parquet")


def pipe(folder: Path) -> None:
    [file] = stage_folder(folder, 1).glob("metadata/part-*")
    file.unlink()
    os.mkfifo(file)


def linked_folder(folder: Path) -> None:
    place = stage_folder(folder, 4)
    place.rename(folder.parent / "elsewhere")
    place.symlink_to(folder.parent / "elsewhere")


def compressed_metadata(folder: Path) -> None:
    [file] = stage_folder(folder, 1).glob("metadata/part-*")
    file.rename(file.with_suffix(".txt.gz"))


def second_line(folder: Path) -> None:
    [file] = stage_folder(folder, 1).glob("metadata/part-*")
    file.write_text(file.read_text() + json.dumps({"class": "os.system"}) + "\n")


def repeated_name(folder: Path) -> None:
    [file] = stage_folder(folder, 1).glob("metadata/part-*")
    file.write_text(file.read_text().replace('{"class"', '{"class": "os.system", "class"', 1))


def summary_file(folder: Path) -> None:
    (stage_folder(folder, 4) / "data" / "_metadata").write_bytes(b"")


def partition(folder: Path) -> None:
    (stage_folder(folder, 4) / "data" / "x=1").mkdir()


def folder_beside(folder: Path) -> None:
    (folder / "stages" / "9_Tokenizer_1").mkdir()


def file_beside(folder: Path) -> None:
    (stage_folder(folder, 4) / "model.pkl").write_bytes(b"")


def missing_stage(folder: Path) -> None:
    stage_folder(folder, 4).rename(folder.parent / "gone")


def cut_data(folder: Path) -> None:
    [file] = stage_folder(folder, 4).glob("data/part-*")
    file.write_bytes(file.read_bytes()[:-20])


def empty_metadata(folder: Path) -> None:
    [file] = stage_folder(folder, 1).glob("metadata/part-*")
    file.write_text("")


def other_columns(folder: Path) -> None:
    [file] = stage_folder(folder, 3).glob("data/part-*")
    pq.write_table(pq.read_table(file).append_column("more", pa.array(["x"])), file)


def two_rows(folder: Path) -> None:
    [file] = stage_folder(folder, 3).glob("data/part-*")
    pq.write_table(pa.concat_tables([pq.read_table(file)] * 2), file)


def zipped(folder: Path) -> None:
    [file] = stage_folder(folder, 3).glob("data/part-*")
    pq.write_table(pq.read_table(file), file, compression="gzip")


def climbing_name(folder: Path) -> None:
    [file] = folder.glob("metadata/part-*")
    file.write_text(file.read_text().replace("IDFModel_3", "../../3"))


LAYOUTS = {
    second_part: "where one part-*.parquet belongs",
    linked_part: "is no regular file",
    pipe: "is no regular file",
    linked_folder: "is no folder of its own",
    compressed_metadata: "where one part-*.txt belongs",
    second_line: "has more than one line",
    repeated_name: "a name is there twice",
    summary_file: "_metadata",
    partition: "x=1",
    folder_beside: "holds 9_Tokenizer_1, which is no part of it",
    file_beside: "holds model.pkl, which is no part of it",
    missing_stage: "No such file or directory",
    cut_data: "its data is no Parquet file",
    empty_metadata: "its metadata is no JSON object",
    other_columns: "its data has other columns than its class writes, among them more",
    two_rows: "its data has 2 rows, 1 are taken",
    zipped: "its data is compressed by GZIP",
    climbing_name: "its pipeline has other parameters",
}


@pytest.mark.parametrize(("change", "told"), LAYOUTS.items(), ids=[change.__name__ for change in LAYOUTS])
def test_a_layout_that_spark_does_not_write_is_refused(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    folder = saved.write(tmp_path / "saved", saved.linear())
    understood.read(folder)
    change(folder)
    assert told in refusal(folder)


def test_nested_pipelines_are_looked_into_and_bounded(tmp_path: Path) -> None:
    folder = saved.write(tmp_path / "saved", saved.linear())
    inner = [SavedStage("os.system", {})]
    place = stage_folder(folder, 4)
    for file in sorted(place.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    place.rmdir()
    saved.write(place, inner)
    assert "stage 0 (system): the class os.system is not on the list" in refusal(folder)


def test_a_metadata_that_names_another_class_than_its_folder_counts_by_its_metadata(tmp_path: Path) -> None:
    stages = saved.linear(tokens=replace(saved.tokens(), name=f"{saved.FEATURE}.SQLTransformer"))
    assert "it has no parameter" in reason(tmp_path, stages)
