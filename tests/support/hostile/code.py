"""Versions that would run code, end the process or tell a secret."""

import json
import os
import pickle
import shutil

import pyarrow as pa
import pyarrow.parquet as pq

from sentistream.scoring.mllib.parquet import SPARK_SCHEMA
from tests.support.hostile.artefact import CLASSIFIER, CLEAN, IDF, VOCABULARY, Row, without_checksum, write
from tests.support.hostile.canary import SECRET_VARIABLE
from tests.support.hostile.version import Draft, registered

SQL = r"stage 0 \(SQLTransformer\)"
ALL_AND = "SELECT *, {expression} AS clean FROM __THIS__"


class _Command:
    """Unpickled, it is a shell's command."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self._command,)


def _pickle(draft: Draft) -> bytes:
    return pickle.dumps(_Command(f"touch '{draft.canary.file}'"))


def _state(draft: Draft, expression: str) -> None:
    draft.artefact.state(ALL_AND.format(expression=expression))


@registered("a pickle of a flavour of its own", says="flavour")
def pickled_flavour(draft: Draft) -> None:
    draft.tags["flavour"] = "python_function"
    write(draft.artefact.folder / "python_function" / "model.pkl", _pickle(draft))
    flavours = {"flavors": {"python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl"}}}
    (draft.artefact.folder / "MLmodel").write_text(json.dumps(flavours))


@registered("a loader module of its own", says="no sparkml model")
def loader_module(draft: Draft) -> None:
    shutil.rmtree(draft.artefact.pipeline)
    source = f"import pathlib\npathlib.Path({str(draft.canary.file)!r}).touch()\n"
    write(draft.artefact.folder / "code" / "loader.py", source.encode())
    flavours = {"flavors": {"python_function": {"loader_module": "loader", "code": "code"}}}
    (draft.artefact.folder / "MLmodel").write_text(json.dumps(flavours))


@registered("a pickle in the place of the weights", says=r"stage 5 \(LogisticRegressionModel\)")
def pickled_weights(draft: Draft) -> None:
    write(draft.artefact.data(CLASSIFIER), _pickle(draft))


@registered("a flavour that is a path", says="flavour")
def flavour_that_is_a_path(draft: Draft) -> None:
    draft.tags["flavour"] = "../../../../os"


@registered("native code", says=SQL)
def native_code(draft: Draft) -> None:
    _state(draft, f"coalesce(java_method('java.lang.System', 'load', '{draft.canary.library}'), text)")


@registered("reflection", says=SQL)
def reflection(draft: Draft) -> None:
    _state(draft, f"replace(text, reflect('java.io.File', 'createTempFile', '{draft.canary.name}', 'x'), '')")


@registered("reflection in a statement's condition", says=SQL)
def reflection_in_a_condition(draft: Draft) -> None:
    made = f"java_method('java.io.File', 'createTempFile', '{draft.canary.name}', 'x')"
    draft.artefact.state(f"SELECT *, lower(text) AS clean FROM __THIS__ WHERE {made} IS NOT NULL")  # noqa: S608 - the attack


@registered("an exit", says=SQL)
def exit_of_the_process(draft: Draft) -> None:
    _state(draft, "coalesce(java_method('java.lang.System', 'exit', 3), text)")


@registered("an error that tells a secret of the environment", says=SQL)
def secret_of_the_environment(draft: Draft) -> None:
    _state(draft, f"raise_error(java_method('java.lang.System', 'getenv', '{SECRET_VARIABLE}'))")


@registered("an error that tells a file's first line", says=SQL)
def secret_of_a_file(draft: Draft) -> None:
    line = f"(SELECT raise_error(first(value)) FROM text.`{draft.canary.secret_file.as_uri()}`)"  # noqa: S608 - the attack
    draft.artefact.state(f"SELECT *, {line} AS clean FROM __THIS__")  # noqa: S608 - the attack


@registered("a secret that Spark itself puts into the statement", says=SQL)
def secret_of_a_substitution(draft: Draft) -> None:
    """But for the dollar it is of the grammar that the compiler knows."""
    _state(draft, f"replace(text, 'a', '${{env:{SECRET_VARIABLE}}}')")


@registered("a statement that drops rows", says=SQL)
def dropped_rows(draft: Draft) -> None:
    draft.artefact.state("SELECT *, lower(text) AS clean FROM __THIS__ WHERE length(text) < 40")


@registered("a stage of a Python module", says="this.Stage")
def python_stage(draft: Draft) -> None:
    def name(metadata: Row) -> None:
        metadata["class"] = "this.Stage"

    def in_python(metadata: Row) -> None:
        metadata["paramMap"]["language"] = "Python"

    draft.artefact.edit_metadata(CLEAN, name)
    draft.artefact.edit_metadata(None, in_python)


@registered("a class of Spark that is no stage", says="RFormulaModel")
def class_that_is_no_stage(draft: Draft) -> None:
    """Spark calls the static method `read` of whatever class it is told."""

    def name(metadata: Row) -> None:
        metadata["class"] = "org.apache.spark.ml.feature.RFormulaModel"

    draft.artefact.edit_metadata(CLASSIFIER, name)


def _named_in_the_footer(draft: Draft, stage: int, keys: list[bytes], class_name: str) -> None:
    """Have the schema that Spark keeps in a footer name a class, whose constructor Spark calls to read the file."""
    file = draft.artefact.data(stage)
    table = pq.read_table(file)
    kind = {"type": "udt", "class": class_name, "pyClass": None, "sqlType": "string"}
    schemas = [
        {"type": "struct", "fields": [{"name": "v", "type": each, "nullable": True, "metadata": {}}]}
        for each in ("string", kind)
    ]
    values = [json.dumps(each) for each in schemas][-len(keys) :]
    without_checksum(file)
    pq.write_table(table.replace_schema_metadata(pa.KeyValueMetadata(list(zip(keys, values, strict=True)))), file)


@registered("a class of any kind in a footer", says="its data's schema names the class java.io.Console")
def class_in_a_footer(draft: Draft) -> None:
    _named_in_the_footer(draft, VOCABULARY, [SPARK_SCHEMA], "java.io.Console")


@registered("a class in the second of two schemas in a footer", says="its data has Spark's schema twice")
def class_in_a_second_schema(draft: Draft) -> None:
    """Arrow finds the first one, Spark the last."""
    _named_in_the_footer(draft, IDF, [SPARK_SCHEMA, SPARK_SCHEMA], "java.io.Console")


OF_FILES = (
    pickled_weights,
    native_code,
    reflection,
    reflection_in_a_condition,
    exit_of_the_process,
    secret_of_the_environment,
    secret_of_a_file,
    secret_of_a_substitution,
    dropped_rows,
    python_stage,
    class_that_is_no_stage,
    class_in_a_footer,
    class_in_a_second_schema,
)
OF_THE_REGISTRY = (
    pickled_flavour,
    loader_module,
    flavour_that_is_a_path,
)
