import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.locks.lake_lock import only_writer

ROOT = Path(__file__).parents[5]
HOLDER = "import sys, time; from sentistream.lake.lake import Lake; from sentistream.lake.locks.lake_lock import only_writer\nwith only_writer(Lake(sys.argv[1]), 'tweets'): print('held', flush=True); time.sleep(60)"


def test_the_second_processor_is_told_who_holds_the_lake(tmp_path: Path) -> None:
    with only_writer(Lake(str(tmp_path)), "tweets"):
        with (
            pytest.raises(UserError, match=rf"process {os.getpid()}\) writes tweets"),
            only_writer(Lake(str(tmp_path)), "tweets"),
        ):
            pass
        with only_writer(Lake(str(tmp_path)), "other"):
            pass


def test_a_killed_processor_gives_the_lock_back(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(UserError, match="Another processor"), only_writer(Lake(str(tmp_path)), "tweets"):
        pass
    holder.kill()
    holder.wait()
    with only_writer(Lake(str(tmp_path)), "tweets"):
        pass
