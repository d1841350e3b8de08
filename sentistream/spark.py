"""The Spark session: one set of options for every service, tests and benchmarks."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from sentistream import jvm, object_storage
from sentistream.errors import UserError
from sentistream.process import private_files
from sentistream.settings import S3Settings, SparkSettings
from sentistream.setup import jars, shared_classes
from sentistream.setup.preflight import PreflightError, java_executable

CHECKPOINT_FILES = "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
QUICK_COMPILER = "-XX:TieredStopAtLevel=1"
"""For many short jobs: the JVM's second compiler costs them more processor time than it saves (docs/performance.md)."""
ENDING = "-XX:+ExitOnOutOfMemoryError"
"""A JVM that lives on without the thread that found no memory hangs, or fails in words of its own."""
NO_PLAN_COMPILER = {"spark.sql.codegen.wholeStage": "false"}
"""For few rows: compiling each query's plan costs more than it saves."""
LOG4J = Path(__file__).with_name("log4j2.properties")


def session(
    settings: SparkSettings,
    name: str,
    jvm_options: str = "",
    options: Mapping[str, str] | None = None,
    s3: S3Settings | None = None,
) -> SparkSession:
    """Start (or join) the process's Spark session.

    Args:
        settings: where it runs and what it may take.
        name: of the application.
        jvm_options: further ones of the driver.
        options: Spark's own, beside those that every service has.
        s3: how to reach the object store, where tables or checkpoints lie there.

    Raises:
        PreflightError: the jars were never resolved, or there is no Java.
        UserError: the JVM did not start.
    """
    # Workers must run this environment's Python, not the first one on the PATH.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    # A JVM that only composes the command line of the next one.
    os.environ.setdefault("SPARK_LAUNCHER_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    of_s3 = jars.optional("s3")
    if s3 is not None and not of_s3:
        raise PreflightError("A lake on S3 needs more jars: run `make s3` (or build the image with S3=1).")
    jar_files = [str(jar) for jar in jars.classpath("spark")]
    scratch = Path(settings.spark_scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    java_options = f"-Dlog4j2.configurationFile={LOG4J.as_uri()} {ENDING} -XX:+UseSerialGC {jvm_options}".rstrip()
    if settings.is_local:
        java_options = f"{java_options} {shared_classes.joined(shared_classes.use('spark'))}".rstrip()
    java_executable()
    builder = (
        SparkSession.builder.appName(name)
        .master(settings.spark_master)
        .config("spark.driver.memory", settings.spark_driver_memory)
        .config("spark.driver.extraJavaOptions", java_options)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.local.dir", str(scratch))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "4")
        # A Kafka header may be there twice; the last one counts, as of a JSON object's keys.
        .config("spark.sql.mapKeyDedupPolicy", "LAST_WIN")
        # What Spark shows of options: Kafka's logins and keys, too.
        .config("spark.redaction.regex", "(?i)secret|password|token|access[.]?key|jaas|keystore")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.databricks.delta.snapshotPartitions", "2")
        # Renames instead of Hadoop's file contexts: the offset and commit logs take 28 ms a batch instead of 100.
        .config("spark.sql.streaming.checkpointFileManagerClass", CHECKPOINT_FILES)
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "20000")
        # What a worker and the driver hold at once stays bounded however large the records are.
        .config("spark.sql.execution.arrow.maxBytesPerBatch", str(32 * 1024 * 1024))
    )
    for option, value in (options or {}).items():
        builder = builder.config(option, value)
    if s3 is not None:
        object_storage.export(s3)
        for option, value in object_storage.hadoop_options(s3).items():
            builder = builder.config(f"spark.hadoop.{option}", value)
    if settings.is_local:
        # In one JVM the class path is enough; executors elsewhere get copies.
        builder = builder.config("spark.driver.extraClassPath", os.pathsep.join(jar_files))
        # What comes last on the class path leaves the archive of shared classes valid.
        os.environ["SPARK_DIST_CLASSPATH"] = os.pathsep.join(map(str, of_s3))
        # Hadoop sets modes by itself. Executors elsewhere may be another user's.
        builder = builder.config("spark.hadoop.fs.permissions.umask-mode", f"{private_files.PRIVATE:03o}")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    else:
        builder = builder.config("spark.jars", ",".join([*jar_files, *map(str, of_s3)]))
    with jvm.output(settings), jvm.end_explained():
        try:
            return builder.getOrCreate()
        except PySparkRuntimeError as failure:
            if failure.getCondition() != "JAVA_GATEWAY_EXITED":
                raise
            told = "what it wrote above" if settings.spark_log == "-" else settings.spark_log
            raise UserError(
                f"Spark's JVM did not start (SPARK_DRIVER_MEMORY, JAVA_HOME): {told} says why."
            ) from failure


@contextmanager
def running(
    settings: SparkSettings,
    name: str,
    jvm_options: str = "",
    options: Mapping[str, str] | None = None,
    s3: S3Settings | None = None,
) -> Iterator[SparkSession]:
    """A `session` that is stopped at the end; the arguments are its own.

    Raises:
        JvmEndedError: something failed, and the JVM was killed or ended by itself.
    """
    with jvm.end_explained():
        spark = session(settings, name, jvm_options, options, s3)
        try:
            yield spark
        except BaseException:
            # One that is gone can't be stopped; pyspark would warn of it.
            if jvm.how_it_ended() is None:
                spark.stop()
            raise
        spark.stop()
