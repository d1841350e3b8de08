"""What becomes of an answer that can't be written."""

import subprocess
import sys

from tests.support.small_disk import SmallDisk


def test_an_answer_that_goes_to_a_full_disk_is_no_success(small_disk: SmallDisk) -> None:
    small_disk.fill()
    program = "import sys; from sentistream import command_line; command_line.run(lambda **_: sys.stdout.write('rows'))"
    with (small_disk.folder / "answer").open("wb") as answer:
        asked = subprocess.run([sys.executable, "-c", program], stdout=answer, stderr=subprocess.PIPE, text=True)
    assert asked.returncode == 1
    assert asked.stderr.startswith(f"error: The disk of {small_disk.folder} (standard output) is full (")
    assert len(asked.stderr.splitlines()) == 1


def test_who_reads_the_beginning_of_an_answer_alone_gets_no_traceback() -> None:
    program = (
        "import sys; from sentistream import command_line; command_line.run(lambda **_: print('row\\n' * 100_000))"
    )
    asked = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asked.stdout is not None
    assert asked.stdout.readline() == "row\n"
    asked.stdout.close()
    assert asked.stderr is not None
    assert asked.stderr.read() == ""
    asked.stderr.close()
    asked.wait()
