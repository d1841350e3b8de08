from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sentistream.contracts.labels import LabelMap, NeutralBand
from sentistream.contracts.model_version import ModelVersion
from sentistream.scoring.artefact import signature
from sentistream.scoring.errors import RefusedError, SigningKeyError, blaming
from sentistream.settings import RegistrySettings

MODEL = ModelVersion("tweets", 3, LabelMap.parse("negative,positive"), NeutralBand(0.4, 0.6), "run", digest="ab" * 32)


@pytest.fixture
def keyed(tmp_path: Path) -> RegistrySettings:
    return with_key(tmp_path / "key", b"k" * 32)


def with_key(file: Path, key: bytes) -> RegistrySettings:
    file.write_bytes(key)
    file.chmod(0o600)
    return RegistrySettings(model_signing_key_file=str(file))


def test_what_was_signed_passes_by_the_same_key_alone(keyed: RegistrySettings, tmp_path: Path) -> None:
    signed = signature.signed(keyed, MODEL)
    assert len(signed.signature) == 64
    signature.require(keyed, signed)
    # A line's end is none of the key.
    signature.require(with_key(tmp_path / "again", b"k" * 32 + b"\n"), signed)
    with pytest.raises(RefusedError, match="is not signed with the key in MODEL_SIGNING_KEY_FILE"):
        signature.require(with_key(tmp_path / "other", b"l" * 32), signed)


def test_a_key_of_random_bytes_is_taken_whole_whatever_it_ends_in(tmp_path: Path) -> None:
    key = with_key(tmp_path / "random", b"\xf0" + b"k" * 30 + b"\n")
    signature.require(key, signature.signed(key, MODEL))


@pytest.mark.parametrize(
    "edited",
    [
        replace(MODEL, name="others"),
        replace(MODEL, version=4),
        replace(MODEL, digest="cd" * 32),
        replace(MODEL, name="tweets\x003", version=3),
        replace(MODEL, flavour="another"),
        replace(MODEL, labels=LabelMap.parse("negative,positive,neutral")),
        replace(MODEL, band=NeutralBand(0.0, 0.6)),
        replace(MODEL, band=NeutralBand(0.4, 1.0)),
        replace(MODEL, languages=("und",)),
        replace(MODEL, languages=("\ud800",)),
    ],
)
def test_a_signature_serves_one_name_number_digest_and_what_decides_a_sentiment(
    keyed: RegistrySettings, edited: ModelVersion
) -> None:
    signed = signature.signed(keyed, MODEL)
    with pytest.raises(RefusedError, match="is not signed with the key"):
        signature.require(keyed, replace(edited, signature=signed.signature))


@pytest.mark.parametrize("written", ["", "é", "\ud800", "x" * 64], ids=ascii)
def test_without_a_right_signature_it_is_refused(keyed: RegistrySettings, written: str) -> None:
    with pytest.raises(RefusedError, match="models:/tweets/3 is not signed"):
        signature.require(keyed, replace(MODEL, signature=written))


def test_without_a_key_nothing_is_signed_or_asked_for() -> None:
    settings = RegistrySettings(model_signing_key_file="")
    assert signature.signed(settings, MODEL) == MODEL
    signature.require(settings, MODEL)


@pytest.mark.parametrize(("key", "found"), [(b"", 0), (b"?hidden\n", 7), (b"x" * 31, 31)])
def test_a_short_key_is_refused_and_not_printed(tmp_path: Path, key: bytes, found: int) -> None:
    with pytest.raises(SigningKeyError, match=f"holds {found} bytes, a key has at least 32") as refused:
        signature.require(with_key(tmp_path / "key", key), MODEL)
    assert "?hidden" not in str(refused.value)


def test_a_key_that_is_not_there_is_said_and_not_gone_without(tmp_path: Path) -> None:
    settings = RegistrySettings(model_signing_key_file=str(tmp_path / "absent"))
    with pytest.raises(SigningKeyError, match=r"MODEL_SIGNING_KEY_FILE\) can't be read: No such file"):
        signature.require(settings, MODEL)


def test_no_version_is_blamed_for_the_key(tmp_path: Path) -> None:
    settings = RegistrySettings(model_signing_key_file=str(tmp_path / "absent"))
    with pytest.raises(SigningKeyError), blaming(MODEL):
        signature.require_key(settings)


def test_a_key_that_others_can_read_is_told_of(keyed: RegistrySettings, tmp_path: Path) -> None:
    (tmp_path / "key").chmod(0o644)
    with capture_logs() as logs:
        signature.signed(keyed, MODEL)
    assert [each["log_level"] for each in logs] == ["warning"]
    assert "kkkk" not in str(logs)
