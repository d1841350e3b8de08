from sentistream.scoring import registry


def test_a_versions_languages_are_known_however_they_are_written() -> None:
    assert registry._languages("en-US, EN,es-MX,und") == ("en", "es", "und")
    assert registry._languages("") is None
