import json
import subprocess
import sys

import pytest

from tests.support.places import ROOT

STARTS = """
import subprocess, threading
from sentistream import jvm, log
from sentistream.settings import SparkSettings

settings = SparkSettings.from_options()
log.configure(settings)
with jvm.output(settings):
    child = subprocess.Popen(["sh", "-c", "echo of the child >&2; printf 'and more \\\\033[31m\\\\n' >&2"])
child.wait()
for thread in threading.enumerate():
    if thread.daemon:
        thread.join()
subprocess.run(["sh", "-c", "echo ours >&2"], check=True)
"""


@pytest.mark.parametrize(("log_format", "file"), [("json", "-"), ("console", "-"), ("json", "jvm.log")])
def test_what_a_jvm_writes_goes_where_it_is_to(
    log_format: str, file: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("logs") / "below" / file
    run = subprocess.run(
        [sys.executable, "-c", STARTS],
        env={"LOG_FORMAT": log_format, "SPARK_LOG": file if file == "-" else str(place), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    if file != "-":
        assert place.read_text() == "of the child\nand more \x1b[31m\n"
        assert run.stderr == "ours\n"
    elif log_format == "console":
        assert run.stderr == "of the child\nand more \\x1b[31m\nours\n"
    else:
        assert "ours" in run.stderr.splitlines()
        lines = [json.loads(line) for line in run.stderr.splitlines() if line != "ours"]
        assert [line["event"] for line in lines] == ["of the child", "and more \\x1b[31m"]
        assert {line["logger"] for line in lines} == {"jvm"}
