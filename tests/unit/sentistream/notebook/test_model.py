import pytest

from sentistream import load_champion


@pytest.mark.parametrize("version", [1.5, True, -1, 0])
def test_what_is_no_version_is_refused_before_the_registry_is_asked(version: object) -> None:
    with pytest.raises(TypeError, match="A version is a number from 1 on"):
        load_champion(version)  # type: ignore[arg-type]
