import pytest

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
