import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT

ASK = (
    "import sys; from sentistream.scoring import registry; from sentistream.settings import RegistrySettings; "
    "print(registry.resolve(RegistrySettings(mlflow_tracking_uri=sys.argv[1])))"
)


def test_processes_that_begin_together_share_a_new_registry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, f"sqlite:///{tmp_path}/new/mlflow.db"]
    asking = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    answers = [process.communicate() for process in asking]
    assert [out for out, _ in answers] == ["None\n"] * 3, answers
