"""Secrets in files of their own."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from producer.live.settings import LiveSettings
from sentistream import log
from sentistream.errors import UserError
from sentistream.settings import KafkaSettings, RegistrySettings


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "a secret"
    file.write_text("from a file\n")
    file.chmod(0o600)
    return file


def test_a_variable_names_the_file_of_any_secret(monkeypatch: pytest.MonkeyPatch, secret: Path) -> None:
    secret.write_text("fromafile\n")
    for name in ("KAFKA_SASL_PASSWORD", "X_BEARER_TOKEN", "MLFLOW_TRACKING_TOKEN"):
        monkeypatch.setenv(f"{name}_FILE", str(secret))
    live, registry = LiveSettings.from_options(), RegistrySettings.from_options()
    for held in (live.kafka_sasl_password, live.x_bearer_token, registry.mlflow_tracking_token):
        assert held is not None
        assert held.get_secret_value() == "fromafile"


def test_the_variable_itself_goes_before_its_file_and_that_before_the_folder(
    monkeypatch: pytest.MonkeyPatch, secret: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "kafka_sasl_password").write_text("from the folder")
    monkeypatch.setenv("SECRETS_FOLDER", str(folder))

    def held() -> str:
        password = KafkaSettings.from_options().kafka_sasl_password
        assert password is not None
        return password.get_secret_value()

    assert held() == "from the folder"
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(secret))
    assert held() == "from a file"
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "from the variable")
    assert held() == "from the variable"


def test_a_file_that_cannot_be_read_is_refused_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: Path
) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(tmp_path / "absent"))
    with pytest.raises(UserError, match=r"^KAFKA_SASL_PASSWORD_FILE: .*absent can't be read \(No such file"):
        KafkaSettings.from_options()
    secret.write_bytes(b"\xff\xfe")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(secret))
    with pytest.raises(UserError, match=r"^KAFKA_SASL_PASSWORD_FILE: .* \(it is no UTF-8 text\)"):
        KafkaSettings.from_options()


def test_a_secret_that_others_can_read_is_said(monkeypatch: pytest.MonkeyPatch, secret: Path) -> None:
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(secret))
    assert KafkaSettings.from_options().readable_secrets == {}
    secret.chmod(0o644)
    settings = KafkaSettings.from_options()
    assert settings.readable_secrets == {"KAFKA_SASL_PASSWORD_FILE": secret}
    with capture_logs() as said:
        log.warn_of_readable_secrets(settings)
    [line] = said
    assert (line["event"], line["variable"]) == ("others can read a secret", "KAFKA_SASL_PASSWORD_FILE")


def test_a_signing_key_that_others_can_read_is_said_too(secret: Path) -> None:
    secret.chmod(0o644)
    settings = RegistrySettings.from_options(model_signing_key_file=str(secret))
    assert settings.readable_secrets == {"MODEL_SIGNING_KEY_FILE": secret}


def test_an_empty_file_stands_for_no_secret(monkeypatch: pytest.MonkeyPatch, secret: Path) -> None:
    secret.write_text("")
    secret.chmod(0o644)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN_FILE", str(secret))
    settings = RegistrySettings.from_options()
    assert settings.mlflow_tracking_token is None
    assert settings.readable_secrets == {}
