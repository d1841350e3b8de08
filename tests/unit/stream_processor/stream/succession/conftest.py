"""A registry of the test's own."""

from pathlib import Path

import pytest

from sentistream.scoring import registry_connection
from stream_processor.settings import ProcessorSettings
from tests.support.registered import promote, register_a_name


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One registry for all: MLflow takes seconds to create its tables."""
    return tmp_path_factory.mktemp("registry")


@pytest.fixture
def settings(folder: Path, request: pytest.FixtureRequest) -> ProcessorSettings:
    """A model of the test's own: a champion, and a second version with the same labels."""
    settings = ProcessorSettings.from_options(
        mlflow_tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", model_name=request.node.name
    )
    registry_connection.client(settings).create_registered_model(settings.model_name)
    for _ in range(2):
        register_a_name(settings)
    promote(settings, 1)
    return settings
