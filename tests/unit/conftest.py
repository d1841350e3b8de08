"""What every quick test gets."""

import os
from collections.abc import Iterator

import pytest

OF_PYTEST = "PYTEST_CURRENT_TEST"


@pytest.fixture(autouse=True)
def environment_as_it_was() -> Iterator[None]:
    """Take back what a test's libraries put into the environment: MLflow leaves the registry's address there."""
    before = dict(os.environ)
    yield
    now = os.environ.get(OF_PYTEST)
    os.environ.clear()
    os.environ.update(before)
    if now is not None:
        os.environ[OF_PYTEST] = now
