"""What must agree between the Dockerfile, docker-compose.yml, .env.example and the code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from producer.live.settings import LiveSettings
from sentistream.settings import S3Settings
from sentistream.setup import bootstrap
from stream_processor.settings import ProcessorSettings, TablesSettings
from trainer.settings import TrainerSettings
from web_service.settings import WebSettings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
OF_THE_CONTAINER = {
    "BUDGET_FILE", "CHECKPOINT_URI", "HEARTBEAT_FILE", "METRICS_ADDRESS", "MLFLOW_ARTIFACTS", "MODEL_CACHE", "SPARK_LOG", "SPARK_SCRATCH", "TRAINER_METRICS_FILE", "TRAINER_STATE", "WEB_ADDRESS"
}  # fmt: skip
"""Places inside a container, which the compose file chooses."""


def test_every_variable_of_the_compose_file_is_explained() -> None:
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", COMPOSE)) | set(
        re.findall(r"^  +([A-Z][A-Z0-9_]+):$", COMPOSE, re.MULTILINE)
    )
    assert used <= EXAMPLE


def test_every_setting_reaches_the_containers() -> None:
    services = (LiveSettings, ProcessorSettings, S3Settings, TablesSettings, TrainerSettings, WebSettings)
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


@pytest.mark.parametrize(
    ("stage", "module"),
    [("sample", "demo.vader"), ("jars", "sentistream.setup.jars"), ("kernel", "sentistream.scoring.mllib.__main__")],
)
def test_a_stage_that_runs_our_code_has_all_of_it(stage: str, module: str, tmp_path: Path) -> None:
    body = re.split(
        r"^FROM ", re.split(rf"^FROM \S+ AS {stage}$", DOCKERFILE, flags=re.MULTILINE)[1], flags=re.MULTILINE
    )[0]
    copied = re.findall(r"^COPY ([a-z_].*) /app/(\S+)$", body, re.MULTILINE)
    assert copied
    for sources, target in copied:
        for source in sources.split():
            place = tmp_path / target
            place.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place)
            else:
                place.mkdir(exist_ok=True)
                shutil.copy(ROOT / source, place)
    found = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {module} as m; print(m.__file__)",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert found.stdout.startswith(str(tmp_path)), found.stderr


def test_images_and_set_up_install_with_the_same_uv() -> None:
    assert f"ARG UV_VERSION={bootstrap.UV.removeprefix('uv==')}\n" in DOCKERFILE


IMAGE_VOLUMES = ("/etc/kafka/secrets", "/mnt/shared/config", "/var/lib/kafka/data")
"""What apache/kafka declares (https://github.com/apache/kafka/blob/4.1/docker/jvm/Dockerfile)."""


def test_no_volume_of_kafkas_image_is_left_without_a_name() -> None:
    kafka = COMPOSE.split("\n  kafka:\n")[1].split("\n  mlflow:\n")[0]
    for place in IMAGE_VOLUMES:
        assert re.search(rf"kafka:{place}\b|type: tmpfs, target: {place},", kafka), place


def test_services_log_in_json_and_who_calls_a_command_beside_them_reads_sentences() -> None:
    services = COMPOSE.split("\nservices:\n")[1].split("\nsecrets:\n")[0]
    ours = [each for each in re.split(r"^  (?=\S)", services, flags=re.MULTILINE) if "<<: [*" in each]
    assert len(ours) == 6
    for service in ours:
        assert re.search(r"LOG_FORMAT=(\$\{|\"\$\$\{)LOG_FORMAT:-json\}", service), service
    assert set(re.findall(r"^ +LOG_FORMAT:(.*)$", COMPOSE, re.MULTILINE)) == {""}


def test_what_the_images_copy_is_sent_to_the_build() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")}
    sources = {source.rstrip("/") for each in copied for source in each.split()}
    missing = {each for each in sources if not any(each == some or each.startswith(f"{some}/") for some in let_through)}
    assert not missing
