import pytest
from py4j.protocol import Py4JNetworkError

from sentistream.contracts.labels import POLAR, LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.jvm import JvmEndedError
from sentistream.scoring.errors import UnreachableError, blaming
from stream_processor.stream import spark_failure

WRAPPED = ("org.apache.spark.SparkException", "org.apache.spark.SparkException")


@pytest.mark.parametrize(
    "innermost",
    [
        "java.lang.OutOfMemoryError",
        "java.io.IOException",
        "java.nio.file.FileSystemException",
        "org.apache.spark.api.python.PythonException",
    ],
)
def test_memory_disks_and_workers_are_the_machines(innermost: str) -> None:
    assert spark_failure.are_the_machines((*WRAPPED, innermost))


def test_what_a_stage_raises_is_the_models() -> None:
    assert not spark_failure.are_the_machines((*WRAPPED, "java.lang.RuntimeException"))
    assert not spark_failure.are_the_machines(WRAPPED)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Job aborted.\nCaused by: java.lang.RuntimeException: a text", "java.lang.RuntimeException"),
        ("Job aborted.\nCaused by: org.apache.spark.A$BError", "org.apache.spark.A$BError"),
        ("a text that is no class", "ValueError"),
        ("a text\nCaused by: nothing.but.a.text", "ValueError"),
    ],
)
def test_the_kind_of_a_failure_holds_none_of_its_words(words: str, kind: str) -> None:
    assert spark_failure.kind(ValueError(words)) == kind


@pytest.mark.parametrize("gone", [JvmEndedError("Spark's JVM ended."), Py4JNetworkError("Answer is empty.")])
def test_a_jvm_that_is_gone_is_no_fault_of_the_version_that_is_tried(gone: Exception) -> None:
    model = ModelVersion("m", 1, LabelMap(POLAR), NeutralBand(), "")
    with pytest.raises(UnreachableError), blaming(model), spark_failure.of_a_trial(model):
        raise gone
