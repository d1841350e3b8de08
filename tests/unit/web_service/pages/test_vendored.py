"""What others wrote and browsers get from us: each file listed with its source, licence and sha256, and none from elsewhere."""

import hashlib
import re
import tomllib

import pytest

from web_service.pages.rendering import TEMPLATES
from web_service.pages.static import FOLDER

VENDORED = FOLDER / "vendored"
LIST = VENDORED / "vendored.toml"
OURS = [
    file
    for folder in (FOLDER, TEMPLATES)
    for file in folder.rglob("*")
    if file.is_file() and VENDORED not in file.parents
]


def test_every_vendored_file_is_listed_with_its_sha256_and_licence() -> None:
    listed = tomllib.loads(LIST.read_text())["package"]
    files = {name: digest for package in listed for name, digest in package["sha256"].items()}
    assert files == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDORED.iterdir() if file != LIST
    }
    for package in listed:
        assert package["licence"] in {"MIT", "BSD-3-Clause", "ISC", "Apache-2.0"}
        assert package["licence_file"] in package["sha256"]
        assert package["source"] == f"npm:{package['name']}@{package['version']}"


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.name)
def test_a_page_asks_nothing_of_elsewhere_has_no_script_or_style_within_and_scrolls_by_keys(file: object) -> None:
    text = file.read_text()  # type: ignore[attr-defined]  # a Path
    # Who has no mouse scrolls what is wide by keys, which a box takes only with a tabindex.
    assert 'class="scroll">' not in text
    assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text)
    assert not re.search(
        r"(?i)<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|innerHTML|insertAdjacentHTML|\beval\(|\|\s*safe\b",
        text,
    )
