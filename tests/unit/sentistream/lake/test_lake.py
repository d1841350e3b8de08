"""Opening tables."""

from pathlib import Path

import pytest

from sentistream.errors import UserError
from sentistream.lake.lake import Lake
from sentistream.lake.schema import create
from sentistream.lake.tables import REMOVALS
from tests.support.foreign_hands import commit, protocol


def test_a_table_whose_log_delta_rs_can_not_read_is_refused_in_a_sentence(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    held = create.create(lake, REMOVALS)
    commit(lake, REMOVALS, protocol(("catalogManaged",), ("inCommitTimestamp",)))
    for look in (lambda: lake.open(REMOVALS), lambda: lake.refresh(REMOVALS, held)):
        with pytest.raises(UserError, match=r"LAKE_URI: .*/audit/removals can't be read: .*catalog"):
            look()
