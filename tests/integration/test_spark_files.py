import stat
from pathlib import Path

from pyspark.sql import SparkSession


def test_what_spark_writes_is_its_users_alone_whatever_the_umask(spark: SparkSession, tmp_path: Path) -> None:
    table = tmp_path / "layer" / "table"
    spark.range(1).write.format("delta").save(str(table))
    written = [tmp_path / "layer", table, *table.rglob("*")]
    assert len(written) > 4
    assert {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in written if each.stat().st_mode & 0o077} == {}
