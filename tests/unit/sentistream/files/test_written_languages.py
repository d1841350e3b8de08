import pytest

from sentistream.files.written_languages import language


@pytest.mark.parametrize(
    ("written", "tag"),
    [("en", "en"), (" EN ", "en"), ("pt-BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW"), ("und", "und"), ("", None), ("nan", None)],
)  # fmt: skip
def test_a_language_is_a_bcp_47_tag_as_x_writes_it(written: str, tag: str | None) -> None:
    assert language(written) == tag


@pytest.mark.parametrize("written", ["English", "en_US", "e", "7", "en-", "en, de"])
def test_what_is_no_tag_is_no_language(written: str) -> None:
    with pytest.raises(ValueError, match=written):
        language(written)
