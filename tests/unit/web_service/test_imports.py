import subprocess
import sys

from tests.support.places import ROOT

FOREIGN = """
import sys
import web_service.server
import sentistream.scoring.scorer
print(*sorted({"mlflow", "pandas", "pyspark", "sqlalchemy", "requests"} & set(sys.modules)))
"""


def test_the_service_lives_without_what_takes_as_much_memory_as_all_of_it() -> None:
    run = subprocess.run([sys.executable, "-c", FOREIGN], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
