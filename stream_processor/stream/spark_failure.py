"""What Spark's failures are: whose fault, and their kind without their words, which may quote a text."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from py4j.protocol import Py4JJavaError, Py4JNetworkError
from pyspark.errors import PySparkException

from sentistream.contracts.model_version import ModelVersion
from sentistream.errors import UserError, said
from sentistream.jvm import JvmEndedError
from sentistream.process import disk
from sentistream.scoring.errors import UnreachableError

FAILURES = (PySparkException, Py4JJavaError)
"""PySpark converts some of Spark's exceptions; the others come as Py4J raises them. That Spark is gone is none of either."""
OF_THE_MACHINE = (
    "java.lang.OutOfMemoryError",
    "org.apache.spark.memory.SparkOutOfMemoryError",
    "java.io.",
    "java.nio.file.",
    "java.net.",
)
"""How the names begin: memory, disks, and the sockets to workers that died. By class, since a text may hold any words."""
OF_A_WORKER = "org.apache.spark.api.python.PythonException"
"""In a worker only what a version gets is made, and what it raises on a text there is marked (`scored_or_marked`): memory and disks are left."""
LOST = re.compile(r"\bExecutorLost")
"""What a cluster says of it is no exception of its own."""
KIND = re.compile(r"[A-Za-z_]\w*(?:[.$]\w+)*(?:Exception|Error)(?![\w.$])")


@contextmanager
def of_a_trial(model: ModelVersion) -> Iterator[None]:
    """Say that Spark can't run a version on texts of our own.

    Raises:
        UserError: that is the version's fault.
        UnreachableError: it is not.
    """
    try:
        yield
    except FAILURES as failed:
        if is_the_machines(failed):
            raise UnreachableError(f"{model.uri} can't be tried by Spark: {disk.told(failed)}") from failed
        raise UserError(f"{model.uri} can't be run by Spark: {said(failed)}") from failed
    except (JvmEndedError, Py4JNetworkError) as gone:
        raise UnreachableError(f"{model.uri} can't be tried: Spark's JVM is gone.") from gone


def is_the_machines(failed: BaseException) -> bool:
    """True where memory, a disk, or what runs Spark's tasks failed, and no model."""
    causes = _causes(failed)
    lost = len(causes) < 2 and LOST.search(said(failed)) is not None
    return lost or are_the_machines(causes)


def are_the_machines(causes: Sequence[str]) -> bool:
    """`is_the_machines` of the names of a Java exception's class and of its causes' classes, the outermost first."""
    return OF_A_WORKER in causes or any(each.startswith(OF_THE_MACHINE) for each in causes)


def kind(failed: BaseException) -> str:
    """The class of the innermost cause; nothing of its words."""
    named = KIND.match(said(failed))
    return named[0] if named else type(failed).__name__


def _causes(failed: BaseException) -> list[str]:
    cause = failed.java_exception if isinstance(failed, Py4JJavaError) else getattr(failed, "_origin", None)
    names: list[str] = []
    while cause is not None:
        names.append(cause.getClass().getName())
        cause = cause.getCause()
    return names
