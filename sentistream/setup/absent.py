"""Says what an installation lacks that a command needs: a service's package in another service's image, or a library of an extra."""

from importlib.util import find_spec
from typing import NamedTuple

PACKAGES = frozenset({"demo", "producer", "stream_processor", "trainer", "web_service"})
"""Ours, of which an image has those of its service."""
LIBRARIES = frozenset(
    {
        *("boto3", "charset_normalizer", "confluent_kafka", "crc32c", "dateutil", "deltalake", "duckdb", "fastapi"),
        *("httptools", "jinja2", "kafka", "lz4", "matplotlib", "mlflow", "numba", "numpy", "obstore", "onnx"),
        *(
            "huggingface_hub",
            "onnxruntime",
            "onnxscript",
            "pandas",
            "safetensors",
            "tokenizers",
            "torch",
            "transformers",
        ),
        *("prometheus_client", "psutil", "pyarrow", "pyspark", "requests", "snappy", "sqlalchemy", "tweepy", "urllib3"),
        *("uvicorn", "uvloop", "zstandard"),
    }
)
"""What the extras of pyproject.toml bring, by the names that are imported."""


class Home(NamedTuple):
    """Where a command has all that it needs."""

    extra: str
    """Of pyproject.toml, that brings its libraries."""
    run_by: str
    """How it is run there: in the containers, or on a clone; `{}` stands for the command's name."""


def package(failure: ModuleNotFoundError) -> str | None:
    """The package that is not installed here, as may be; None where the failure is a fault of ours or of a library's."""
    name = (failure.name or "").partition(".")[0]
    return name if name in PACKAGES | LIBRARIES and find_spec(name) is None else None


def sentence(command: str, lacking: str, home: Home) -> str:
    """What is missing for a command, and where it runs."""
    extra = f", or install the extra {home.extra}" if lacking in LIBRARIES else ""
    return f"`sentistream {command}` needs {lacking}, which is not installed here: run it by {home.run_by.format(command)}{extra}."
