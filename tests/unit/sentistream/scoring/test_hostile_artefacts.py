"""Each hostile version whose files are at fault is refused by what it holds, before anything of it is run."""

import re
from pathlib import Path

import pytest

from sentistream.scoring import sparkml
from sentistream.scoring.mllib import understood
from tests.support.hostile import bombs, code, edits, numbers
from tests.support.hostile.canary import Canary
from tests.support.hostile.invented import champion
from tests.support.hostile.version import Draft, HostileVersion

SLOW_TO_MAKE = (bombs.equal_words, bombs.long_word, bombs.lying_footer, bombs.small_files)
OF_THE_REGISTRY = (code.pickled_flavour, code.loader_module, code.flavour_that_is_a_path)
"""At fault is what the registry says of them, or a folder that is not there."""
FILES = [
    each
    for each in (*code.VERSIONS, *bombs.VERSIONS, *numbers.VERSIONS, *edits.VERSIONS)
    if each not in SLOW_TO_MAKE and each not in OF_THE_REGISTRY and not each.is_edited_later
]


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
