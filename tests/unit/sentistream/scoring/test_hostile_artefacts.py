"""Each hostile version whose files are at fault is refused by what it holds, before anything of it is run."""

import re
from pathlib import Path

import pytest

from sentistream.scoring import sparkml
from sentistream.scoring.mllib import understood
from tests.support import hostile
from tests.support.hostile import bombs
from tests.support.hostile.canary import Canary
from tests.support.hostile.invented import champion
from tests.support.hostile.version import Draft, HostileVersion

SLOW_TO_MAKE = (bombs.equal_words, bombs.long_word, bombs.lying_footer)
FILES = [each for each in hostile.OF_FILES if each not in SLOW_TO_MAKE]


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    canary = Canary(tmp_path / "elsewhere")
    canary.folder.mkdir()
    return Draft(champion(tmp_path / "model"), canary, {}, "a run", "", "")


def test_the_version_that_they_are_made_from_passes(draft: Draft) -> None:
    assert len(understood.read(draft.artefact.pipeline).stages) == 6


@pytest.mark.parametrize("version", FILES, ids=str)
def test_it_is_refused_by_what_it_holds(draft: Draft, version: HostileVersion) -> None:
    version.make(draft)
    said = sparkml.prepare(draft.artefact.pipeline, classes=2)
    assert said.prepared is None
    assert re.search(version.says, said.refused), said.refused
    assert said.refused.isprintable()
    assert draft.canary.traces([]) == []
