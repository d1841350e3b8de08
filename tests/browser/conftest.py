"""One browser and one running system for all tests in a browser.

Playwright's event loop occupies the thread until its browser ends, so that is not left open for the tests of other packages.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentistream.contracts.model_version import ModelVersion
from sentistream.kafka.embedded_broker import EmbeddedBroker
from sentistream.settings import KafkaSettings
from trainer.settings import TrainerSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.support.browser import Tab
    from tests.support.streaming import Streaming


@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    from tests.support.browser import chromium

    with chromium() as running:
        yield running


@pytest.fixture(scope="package")
def streaming(
    browser: "Browser",
    broker: EmbeddedBroker,
    champion: tuple[ModelVersion, object],
    registry_settings: TrainerSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[Streaming]":
    """The whole system; a test publishes what it looks for."""
    from tests.support.streaming import Streaming

    folder = tmp_path_factory.mktemp("streaming")
    kafka = KafkaSettings.from_options(
        kafka_bootstrap_servers=broker.bootstrap_servers, kafka_topic="browsed", kafka_wait_seconds=20
    )
    with Streaming(_environment(folder, kafka, registry_settings), kafka) as running:
        yield running


@pytest.fixture
def open_tab(browser: "Browser", streaming: "Streaming") -> "Iterator[Callable[..., Tab]]":
    """Opens tabs of the running service; what a page may not do fails the test at its end."""
    from tests.support.browser import tab

    with ExitStack() as opened:
        yield lambda **options: opened.enter_context(tab(browser, streaming.origin, **options))


def _environment(folder: Path, kafka: KafkaSettings, registry: TrainerSettings) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.kafka_bootstrap_servers,
        "KAFKA_TOPIC": kafka.kafka_topic,
        "LAKE_URI": str(folder / "lake"),
        "CHECKPOINT_URI": str(folder / "checkpoints"),
        "MLFLOW_TRACKING_URI": registry.mlflow_tracking_uri,
        "MODEL_CACHE": registry.model_cache,
        "SPARK_SCRATCH": str(folder / "spark"),
        "SPARK_LOG": str(folder / "spark.log"),
        "TABLES_NICENESS": "0",
    }
