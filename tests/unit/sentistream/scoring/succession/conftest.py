"""A registry of the test's own."""

from pathlib import Path

import pytest

from sentistream.settings import RegistrySettings
from tests.support.registered import register_two


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One registry for all: MLflow takes seconds to create its tables."""
    return tmp_path_factory.mktemp("registry")


@pytest.fixture
def settings(folder: Path, request: pytest.FixtureRequest) -> RegistrySettings:
    """A model of the test's own: a champion, and a second version with the same labels."""
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    settings = RegistrySettings.from_options(
        mlflow_tracking_uri=uri, model_name=request.node.name, model_cache=str(folder / "models")
    )
    register_two(settings)
    return settings
