"""What must agree between the Dockerfile, docker-compose.yml, .env.example and the code."""

import re
from pathlib import Path

from producer.live.settings import LiveSettings
from sentistream.settings import S3Settings
from sentistream.setup import bootstrap
from stream_processor.settings import ProcessorSettings, TablesSettings
from trainer.settings import TrainerSettings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
OF_THE_CONTAINER = {
    "BUDGET_FILE", "CHECKPOINT_URI", "HEARTBEAT_FILE", "METRICS_ADDRESS", "MLFLOW_ARTIFACTS", "MODEL_CACHE", "SPARK_LOG", "SPARK_SCRATCH", "TRAINER_STATE"
}  # fmt: skip
"""Places inside a container, which the compose file chooses."""


def test_every_variable_of_the_compose_file_is_explained() -> None:
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE)) | set(
        re.findall(r"^  +([A-Z][A-Z0-9_]+):$", COMPOSE, re.MULTILINE)
    )
    assert used <= EXAMPLE


def test_every_setting_reaches_the_containers() -> None:
    services = (LiveSettings, ProcessorSettings, S3Settings, TablesSettings, TrainerSettings)
    fields = {name for each in services for name in each.model_fields}
    settings = {name.upper() for name in fields} - OF_THE_CONTAINER
    by_file = {name for name in settings if f"{name}_FILE" in EXAMPLE}
    assert settings - by_file <= EXAMPLE
    assert all(re.search(rf"^ +{name}:", COMPOSE, re.MULTILINE) for name in settings - by_file)
    assert all(f"{name.lower()}:" in COMPOSE for name in by_file)


def test_what_is_explained_is_used() -> None:
    arguments = re.search(r"args: \[(.*)\]", COMPOSE)
    assert arguments is not None
    for name in EXAMPLE - set(arguments.group(1).split(", ")):
        assert re.search(rf"\b{name}\b", COMPOSE), name


def test_images_and_set_up_install_with_the_same_uv() -> None:
    assert f"ARG UV_VERSION={bootstrap.UV.removeprefix('uv==')}\n" in (ROOT / "Dockerfile").read_text()
